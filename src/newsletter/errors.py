"""Every error of the program, classed by what the caller must do next.

    NewsletterError
    ├── InputError            fix the input, run again           exit 2
    │   ├── IssueError        … an issue (path, line, column)
    │   ├── TemplateError     … a theme's template (template, line)
    │   ├── MergeTagError     … a value that no merge tag may carry
    │   ├── SettingsError     … a setting (its name, where it came from, what is allowed)
    │   ├── SubscribersError  … a file of subscribers
    │   └── FilterError       … a filter (the column in it)
    ├── Refused               the state forbids it, nothing done exit 3
    ├── BadSignature          a link that is not ours
    └── ProviderError         the provider did not take it       exit 4

An error carries the key of its sentence in `messages` and the facts that fill it, so that whoever
prints it chooses the language; `str(error)` is for logs and tests.
"""

from __future__ import annotations


class NewsletterError(Exception):
    """The root: `key` names the sentence in `messages.errors`, `facts` fill it."""

    exit_code = 2

    def __init__(self, key: str, /, **facts: object) -> None:
        self.key = key
        self.facts = facts
        super().__init__(key, facts)

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.key} ({details})" if details else self.key


class InputError(NewsletterError):
    """What was given cannot be used as it is; the sentence says what to give instead."""


class IssueError(InputError):
    """An issue that cannot be opened at all; a defect of a readable one is a finding, not an error."""


class TemplateError(InputError):
    """A mistake in a theme; facts name the template and its line."""


class MergeTagError(InputError):
    """A merge tag that the program cannot fill."""


class SettingsError(InputError):
    """A setting that is unknown or wrong; facts name it, its origin and what is allowed."""


class SubscribersError(InputError):
    """A file of subscribers that cannot be read at all; a bad row is a rejected row, not an error."""


class FilterError(InputError):
    """A filter that cannot be read; facts say at which character."""


class Refused(NewsletterError):  # noqa: N818 - a state, not a mistake
    """The command is right, but what has been done before, or not been done yet, forbids it."""

    exit_code = 3


class DatabaseBehind(Refused):
    """The database turned out to be older than what its folder remembers: `Store.recover` brings it up to date."""


class BadSignature(NewsletterError):  # noqa: N818 - as above
    """A token that was not signed with one of this publication's keys."""

    exit_code = 3


class ProviderError(NewsletterError):
    """The provider cannot be reached or will not take the message."""

    exit_code = 4
