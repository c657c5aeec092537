"""The command line: `lianxin …`. Every command prints what it did and exits 0, or says what is wrong and exits 2.

Each module of this room offers `COMMANDS`, a list of click commands; `main` collects them.
"""

import os
import pkgutil
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import click
import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from lianxin.core.errors import CoreError
from lianxin.foundation.core_words import said
from lianxin.foundation.errors import Refused

# Where a command is, so that only its own module is imported: those of all commands take a fifth of a second.
MODULES = {
    "account": "imports",
    "allocate": "allocating",
    "analysis": "market",
    "backup": "operations",
    "batches": "imports",
    "calendar": "administration",
    "calibrate-copies": "verifying",
    "check": "operations",
    "close": "appraisal",
    "company": "administration",
    "demo": "demo",
    "favour": "favouring",
    "forecast": "forecasting",
    "forecast-round": "forecasting_rounds",
    "forget": "forgetting",
    "import": "imports",
    "indicators": "appraisal",
    "init": "operations",
    "judge-forecasts": "judging",
    "parameter": "administration",
    "parameters": "administration",
    "pay": "appraisal",
    "plan-visits": "visiting",
    "restore": "operations",
    "rollups": "market",
    "scheme": "schemes",
    "scores": "appraisal",
    "serve": "operations",
    "survey": "surveying",
    "token": "administration",
    "undo": "imports",
    "upgrade": "operations",
    "user": "administration",
    "verify": "verifying",
    "worker": "operations",
}
# Commands that need no installation and whose start-up would be felt beside their work: no app is loaded for them.
LEAN = {"allocate"}
# Their own words, and those for what the core says is wrong.
_LEAN_WORDS = [Path(__file__).parents[1] / room / "locale" for room in ("cli", "foundation")]


EXAMPLE = "Example: "


class Lianxin(click.Group):
    """All commands; the help ends with an example of each, taken from the command's own."""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Examples"):
            for name in self.list_commands(context):
                formatter.write_text("\b\n" + example(self.commands[name]))


def example(command: click.Command) -> str:
    """The first example in the help of a command."""
    _told, _sign, written = (command.help or "").partition(EXAMPLE)
    return " ".join(written.split("\n\n")[0].split())


def collect(only: str | None = None) -> click.Group:
    """The group of all commands that the modules of this room offer, or of those of one module."""
    group = Lianxin(
        name="lianxin",
        help="Lianxin (连心): the system of everyone around a tobacco wholesaler's customer managers.\n\n"
        "All state lives under LIANXIN_HOME (default var/). `lianxin COMMAND --help` says more of a command.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    )
    for name in [only] if only else [module.name for module in pkgutil.iter_modules(__path__)]:
        for command in getattr(import_module(f"{__name__}.{name}"), "COMMANDS", ()):
            group.add_command(command)
    return group


def language(environment: Mapping[str, str]) -> str:
    """The language of the terminal: Chinese where its locale says so, else English."""
    named = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "").lower()
    if not named.startswith("zh"):
        return "en"
    return "zh-hant" if named.startswith(("zh_tw", "zh_hk", "zh_mo")) else "zh-hans"


def main(arguments: list[str] | None = None) -> None:
    """Run a command. Anticipated errors become one sentence on stderr and exit code 2; faults keep their trace and exit 1."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianxin.config.settings")
    named = next(iter(sys.argv[1:] if arguments is None else arguments), "")
    try:
        if named in LEAN and not settings.configured:
            # No store, no apps: words are all that such a command needs of Django.
            settings.configure(USE_I18N=True, LOCALE_PATHS=_LEAN_WORDS)
        django.setup()
        translation.activate(language(os.environ))
        code = collect(MODULES.get(named)).main(args=arguments, standalone_mode=False, prog_name="lianxin")
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        click.echo("Stopped; nothing was half done.", err=True)
        sys.exit(2)
    except CoreError as error:
        click.echo(said(error) if error.code else str(error), err=True)
        sys.exit(2)
    except (Refused, ImproperlyConfigured) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except OperationalError as error:
        click.echo(_("The database does not answer: %(fault)s") % {"fault": str(error).strip()}, err=True)
        sys.exit(2)
    # Without standalone mode click hands the exit code of `context.exit` back instead of exiting.
    if isinstance(code, int) and code:
        sys.exit(code)
