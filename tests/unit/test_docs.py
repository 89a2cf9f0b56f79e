import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from app.cli import main
from app.domain.envelope import Channel
from app.domain.findings import FINDINGS
from app.domain.labels import label
from app.domain.submission import Lane
from app.domain.wording import FINDINGS as FINDING_WORDS
from app.domain.wording import PROBLEMS
from app.settings import PREFIX, MailboxAccount, OAuth2, OfficeMachine, Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
DECISIONS = sorted(DOCS.glob("adr/[0-9]*.md"))
READMES = [ROOT / "README.md", ROOT / "README.ja.md"]

FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)

# Put together here, so that this file holds none of them itself.
PACKAGE_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("deb", "debian", "org"),
        ("security", "debian", "org"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
    )
]
MACHINE_PATHS = ["/" + name + "/" for name in ("work", "root", "home", "Users")]

# How decisions name a dependency, where it is not by its own name.
NAMED_AS = {"opencv-python-headless": "OpenCV", "imapclient": "IMAPClient"}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def headings(page: Path) -> list[str]:
    return HEADING.findall(FENCE.sub("", text_of(page)))


def anchors(page: Path) -> set[str]:
    """Give the anchors that a forge makes of a page's headings."""
    kept = (re.sub(r"[^\w\- ]", "", each.strip().lower()) for each in headings(page))
    return {each.replace(" ", "-") for each in kept}


def texts() -> Iterator[tuple[Path, str]]:
    """Give every file that is not kept out of version control and holds text."""
    lines = text_of(ROOT / ".gitignore").splitlines()
    ignored = [".git", *(each.strip("/") for each in lines if each and not each.startswith("#"))]
    folders = [ROOT]
    while folders:
        for path in folders.pop().iterdir():
            if any(fnmatch(path.name, pattern) for pattern in ignored):
                continue
            if path.is_dir():
                folders.append(path)
            elif b"\0" not in (data := path.read_bytes()):
                yield path, data.decode("utf-8", "replace")


def test_every_setting_has_its_heading() -> None:
    wanted = {f"`{PREFIX}{name.upper()}`" for name in Settings.model_fields}
    assert wanted == {each for each in headings(DOCS / "settings.md") if PREFIX in each}


def test_every_member_of_a_mailbox_is_explained() -> None:
    page = text_of(DOCS / "settings.md")
    members = {**MailboxAccount.model_fields, **OfficeMachine.model_fields, **OAuth2.model_fields}
    assert [name for name in members if f"`{name}`" not in page] == []


def test_every_problem_has_its_heading_and_its_words() -> None:
    page = DOCS / "problems.md"
    assert [each for each in headings(page) if each != "Problems"] == sorted(PROBLEMS)
    assert [
        code for code, words in PROBLEMS.items() if f"> {words[0]}\n" not in text_of(page)
    ] == []


def test_every_finding_has_its_heading_its_words_and_its_call() -> None:
    page = DOCS / "findings.md"
    sections = dict(
        re.findall(r"^### (\w+)\n(.*?)(?=^#|\Z)", text_of(page), re.MULTILINE | re.DOTALL)
    )
    assert set(sections) == set(FINDINGS)
    for code, calls in FINDINGS.items():
        assert f"> {FINDING_WORDS[code][0]}\n" in sections[code], code
        assert f"* Calls for: {calls.value}\n" in sections[code] + "\n", code


def test_every_channel_has_its_heading_and_a_command() -> None:
    page = text_of(DOCS / "channels.md")
    for channel in Channel:
        section = re.search(
            rf"^## {channel.value}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL
        )
        assert section is not None, channel
        assert "curl " in section[1], channel
        assert label(channel).split("・")[0] in section[1], channel


def test_every_lane_has_its_heading() -> None:
    assert {lane.value for lane in Lane} <= set(headings(DOCS / "jobs.md"))
    threads = re.findall(r'self\._lane\("(\w+)"', text_of(ROOT / "app/jobs/embedded.py"))
    assert set(threads) <= set(headings(DOCS / "jobs.md"))


def test_every_thing_done_by_the_clock_is_explained() -> None:
    done = re.findall(r'_is_due\("(\w+)"', text_of(ROOT / "app/jobs/embedded.py"))
    assert done
    assert [each for each in done if f"**{each}**" not in text_of(DOCS / "jobs.md")] == []


def test_every_name_in_the_walks_stands_in_the_code() -> None:
    walks = text_of(DOCS / "architecture.md").split("## Walk of one comment per channel")[1]
    walks = walks.split("## What a crash does")[0]
    code = {path: text_of(path) for path in (ROOT / "app").rglob("*.py")}
    unknown = []
    for span in re.findall(r"`([^`/\s][^`\s]*)`", walks):
        folder, _, name = span.partition("(")[0].removesuffix(".py").rpartition("/")
        module, _, member = name.rpartition(".")
        if folder:
            file = ROOT / "app" / folder / f"{module or name}.py"
            found = member in code.get(file, "") if module else file in code
        else:
            found = any(re.search(rf"\b{re.escape(member)}\b", each) for each in code.values())
        unknown += [] if found else [span]
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = []
    for link in LINK.findall(FENCE.sub("", text_of(page))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, fragment = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (fragment and fragment not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_every_page_is_listed() -> None:
    listed = {
        (DOCS / link.partition("#")[0]).resolve()
        for link in LINK.findall(text_of(DOCS / "README.md"))
    }
    assert [each.name for each in DOCS.glob("*.md") if each.resolve() not in listed] == [
        "README.md"
    ]


def test_the_commands_of_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    for page in PAGES:
        typed = "\n".join(FENCE.findall(text_of(page)))
        named = set(re.findall(r"^make ([a-z-]+)", typed, re.MULTILINE))
        named |= set(re.findall(r"`make ([a-z-]+)`", text_of(page)))
        assert named <= targets, page.name


@pytest.mark.parametrize("readme", READMES, ids=lambda page: page.name)
def test_the_readme_shows_how_to_start_and_to_test(readme: Path) -> None:
    for command in ("make run", "make test", "apt-get install make", "ikenbako demo", "/staff"):
        assert command in text_of(readme), command


def test_the_subcommands_of_the_documents_exist(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    known = set(re.findall(r"^ {4}([a-z-]+)\b", capsys.readouterr().out, re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`(?:\.venv/bin/)?ikenbako ([a-z][a-z-]*)", text_of(page)))
        assert named <= known, page.name


def test_decisions_are_numbered_without_gap_and_titled_by_their_number() -> None:
    numbers = [each.name[:4] for each in DECISIONS]
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]
    for each in DECISIONS:
        assert text_of(each).startswith(f"# {each.name[:4]}: "), each.name
        for part in ("Context", "Decision", "Consequences", "Alternatives"):
            assert f"**{part}.**" in text_of(each), (each.name, part)


def test_every_decision_is_listed_once() -> None:
    listed = re.findall(
        r"^\| \[\d+\]\((\S+)\) \| (.+) \|$", text_of(DOCS / "adr/README.md"), re.MULTILINE
    )
    titles = [(each.name, text_of(each).split("\n")[0][8:]) for each in DECISIONS]
    assert listed == titles


def test_no_text_names_a_decision_that_does_not_exist() -> None:
    numbers = {each.name[:4] for each in DECISIONS}
    for path, text in texts():
        named = set(re.findall(r"\bADR[ -]?([0-9]{4})\b|\badr/([0-9]{4})", text))
        assert {one or other for one, other in named} <= numbers, path


def test_every_runtime_dependency_has_its_decision() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    names = [re.split(r"[^\w-]", each)[0] for each in project["dependencies"]]
    decided = "\n".join(each.name + text_of(each) for each in DECISIONS).casefold()
    assert [name for name in names if NAMED_AS.get(name, name).casefold() not in decided] == []


def test_no_file_names_a_package_host_or_a_path_of_one_machine() -> None:
    found = []
    for path, text in texts():
        found += [(str(path), each) for each in PACKAGE_HOSTS if each in text]
        found += [
            (str(path), each)
            for each in MACHINE_PATHS
            # At the start of a word: a path inside an address is nobody's disk.
            if re.search(rf"(?<![\w.~$/}}-]){re.escape(each)}\w", text)
        ]
    assert found == []
