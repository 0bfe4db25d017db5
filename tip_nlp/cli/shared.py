"""What every command shares: exit codes, errors as sentences, the option that tells the kind."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from tip_nlp.display import console
from tip_nlp.errors import TipNlpError
from tip_nlp.types import Kind

FAILED_ROWS, UNUSABLE = 1, 2


class KindOption(StrEnum):
    """What the texts are."""

    ad = "ad"
    message = "message"
    transcript = "transcript"


KindArgument = Annotated[
    KindOption | None, typer.Option(help="What the texts are; left out, a column `kind` or the text itself tells.")
]


def chosen_kind(option: KindOption | None) -> Kind | None:
    """The kind that was named."""
    return None if option is None else option.value


def errors_as_sentences(command: Callable[..., None]) -> Callable[..., None]:
    """End with one sentence and exit code 2 where the user can mend it, not with a traceback."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except TipNlpError as error:
            complain(str(error))
            raise typer.Exit(UNUSABLE) from None
        except ValidationError as error:
            for fault in error.errors():
                complain(f"setting {'.'.join(map(str, fault['loc']))}: {fault['msg']}, got {fault['input']!r}")
            raise typer.Exit(UNUSABLE) from None

    return wrapped


def complain(sentence: str) -> None:
    """Say what was wrong, on standard error."""
    console(stderr=True).print(f"tip-nlp: {sentence}", style="red", markup=False)
