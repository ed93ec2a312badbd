"""Errors of the program, grouped by what the caller must do next.

    NewsletterError
    ├── InputError            fix the input, run again           exit 2
    │   ├── IssueError        … an issue (path, line, column)
    │   ├── TemplateError     … a theme's template (template, line)
    │   ├── MergeTagError     … a merge tag that cannot be filled
    │   ├── SettingsError     … a setting (its name, where it came from, what is allowed)
    │   ├── SubscribersError  … a file of subscribers
    │   └── FilterError       … a filter (the column in it)
    ├── Refused               the state forbids it, nothing done exit 3
    │   └── DatabaseBehind    … an older copy of the database
    ├── BadSignature          a token with a wrong signature     exit 3
    └── ProviderError         the provider did not accept it     exit 4

An error carries the key of its sentence in `i18n.errors` and the facts that fill the sentence. The caller that
prints the error chooses the language; `str(error)` is for logs and tests.
"""

from __future__ import annotations


class NewsletterError(Exception):
    """Base class of all errors: `key` names the sentence in `i18n.errors`, `facts` fill it."""

    exit_code = 2

    def __init__(self, key: str, /, **facts: object) -> None:
        self.key = key
        self.facts = facts
        super().__init__(key, facts)

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.key} ({details})" if details else self.key


class InputError(NewsletterError):
    """Input that cannot be used as it is; the sentence says what to enter instead."""


class IssueError(InputError):
    """An issue that cannot be opened; a defect in a readable issue is a finding, not an error."""


class TemplateError(InputError):
    """A mistake in a theme; the facts name the template and the line."""


class MergeTagError(InputError):
    """A merge tag that the program cannot fill."""


class SettingsError(InputError):
    """A setting that is unknown or wrong; the facts give its name, its origin and the allowed values."""


class SubscribersError(InputError):
    """A file of subscribers that cannot be read; a bad row becomes a rejected row, not an error."""


class FilterError(InputError):
    """A filter that cannot be parsed; the facts give the column."""


class Refused(NewsletterError):  # noqa: N818 - a state, not a mistake
    """A valid command that the current state forbids: something was done before, or is not done yet."""

    exit_code = 3


class DatabaseBehind(Refused):
    """A database that lacks records which its folder has (`storage.host_memory`); `Store.recover` adds them."""


class BadSignature(NewsletterError):  # noqa: N818 - a state of the token, not a mistake of the program
    """A token that was not signed with a key of this publication."""

    exit_code = 3


class ProviderError(NewsletterError):
    """A provider that cannot be reached or does not accept the message."""

    exit_code = 4
