"""Files as they are at a revision of their git repository; git is called with fixed arguments and without a shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pytest_flopbudget.errors import RevisionError, shown

# What git allows in the name of a revision, but for blanks, ranges, patterns, and paths behind a colon.
_REVISION = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_@./{}^~+,=#%-]*")
_SECONDS = 60
# Nothing asks the terminal, nothing takes a lock, and messages are not translated.
_SURROUNDINGS = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
# What lies in a working tree is never taken for a repository: its configuration may name programs, and anybody may
# have committed it.
_FIXED = ("--no-pager", "-c", "safe.bareRepository=explicit")
# A hook has these of the repository that it is called for; with them, git takes any folder for the top of that one.
_OF_ONE_REPOSITORY = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE"}


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit.

    Args:
        written: As the user names it.
        commit: Its whole name.
    """

    written: str
    commit: str

    @property
    def called(self) -> str:
        """As it is told: ``"main (1a2b3c4d5)"``."""
        short = self.commit[:9]
        return self.written if self.commit.startswith(self.written) else f"{self.written} ({short})"


def find_revision(written: str, folder: Path) -> Revision:
    """The commit that a name stands for.

    Args:
        written: A branch, a tag, a commit, ``"HEAD~1"``.
        folder: Any folder of the repository.

    Raises:
        RevisionError: The name has what no revision's has, the folder is in no repository, or this clone has no such
            revision.
    """
    if not _REVISION.fullmatch(written) or ".." in written:
        raise RevisionError(f"{shown(written)} is no revision: write a branch, a tag or a commit, as in origin/main")
    found = git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{written}^{{commit}}")
    if found is not None:
        return Revision(written, found.decode("ascii").strip())
    shallow = git(folder, "rev-parse", "--is-shallow-repository")
    if shallow is None:
        raise no_repository(folder)
    if shallow.strip() == b"true":
        raise RevisionError(f"this clone is shallow and has no {written}: {_way_out(written)}")
    raise RevisionError(f"this clone has no {written}: fetch it, as by git fetch origin")


def no_repository(folder: Path) -> RevisionError:
    """The error of a folder in which git finds no repository, or none that it trusts."""
    if any((above / ".git").exists() for above in (folder, *folder.parents)):
        return RevisionError(f"git does not read the repository of {folder}: git -C {folder} status says why")
    return RevisionError(f"{folder} is in no git repository")


def text_at(revision: Revision, path: Path) -> str | None:
    """A file's text at a revision; None where it was not there.

    Raises:
        RevisionError: The file is in no repository, or is no UTF-8 there.
    """
    blob = git(path.parent, "cat-file", "blob", f"{revision.commit}:./{path.name}")
    if blob is None:
        return None
    try:
        return blob.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RevisionError(f"{path.name} at {revision.called} is no UTF-8") from None


def git(folder: Path, *arguments: str) -> bytes | None:
    """What a command of git prints; None where it fails.

    Raises:
        RevisionError: git is not installed, or does not come to an end.
    """
    surroundings = {name: value for name, value in os.environ.items() if name not in _OF_ONE_REPOSITORY}
    command = [_program(), *_FIXED, "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, check=False, timeout=_SECONDS, env=surroundings | _SURROUNDINGS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RevisionError(f"git {arguments[0]}: {' '.join(str(error).split())}") from None
    return done.stdout if done.returncode == 0 else None


def _program() -> str:
    """Where git is installed; Windows would look in the current folder first, which may be anybody's.

    Raises:
        RevisionError: It is nowhere.
    """
    name = "git.exe" if os.name == "nt" else "git"
    for folder in os.get_exec_path():
        # A path, unlike a name, is looked for nowhere else.
        if Path(folder).is_absolute() and (found := shutil.which(str(Path(folder, name)))):
            return found
    raise RevisionError("git is not installed")


def _way_out(written: str) -> str:
    if re.search(r"[~^]", written):
        return "fetch more of its history, as by git fetch --deepen=100"
    name = written.removeprefix("origin/")
    return f"fetch it: git fetch --depth=1 origin {name}, and compare with FETCH_HEAD"
