"""Serve: ``python -m api`` or ``tip-nlp serve``."""

from __future__ import annotations

import uvicorn

from api.app import create_app
from tip_nlp.settings import Settings


def main(settings: Settings | None = None) -> None:
    """Run the service until interrupted; no access log, since an address is personal data."""
    settings = settings or Settings()
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, access_log=False)


if __name__ == "__main__":
    main()
