"""The report: a scan's result as one self-contained HTML file for a prosecutor or supervisor."""
