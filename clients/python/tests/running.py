"""The real program over a store of its own, filled by `replay`, for tests to ask."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path


class Running:
    """A served store. `PREDICTIVE_PLAY_PROGRAM` names the program."""

    def __init__(self) -> None:
        self.program = os.environ["PREDICTIVE_PLAY_PROGRAM"]
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.served: subprocess.Popen[str] | None = None
        self.url = ""

    def settings(self) -> dict[str, str]:
        """Nothing of the tester's environment, and a port that is free."""
        return {"PREDICTIVE_PLAY_LISTEN": "127.0.0.1:0", "PREDICTIVE_PLAY_DATA_DIR": str(self.path / "data")}

    def run(self, *arguments: str) -> None:
        """Runs a command to its end."""
        command = [self.program, *arguments]
        ended = subprocess.run(command, cwd=self.path, env=self.settings(), capture_output=True, text=True, check=False)
        assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"

    def replay(self, provider: str, endpoint: str, files: Path, more: Sequence[str] = ()) -> None:
        """Sends stored replies through the route."""
        self.run("replay", "--provider", provider, "--endpoint", endpoint, *more, str(files))

    def serve(self) -> None:
        """Starts serving; the address is what the program says."""
        arguments = [self.program, "serve"]
        log = self.path / "serve.log"
        with log.open("w") as errors:
            self.served = subprocess.Popen(
                arguments, cwd=self.path, env=self.settings(), stdout=subprocess.PIPE, stderr=errors, text=True
            )
        assert self.served.stdout is not None
        for line in self.served.stdout:
            address = re.search(r"http://127\.0\.0\.1:\d+", line)
            if address:
                self.url = address.group(0)
                return
        raise AssertionError(f"it did not serve: {log.read_text()}")

    def stop(self) -> None:
        """Ends what was started."""
        if self.served is not None:
            self.served.terminate()
            self.served.wait(timeout=30)
            if self.served.stdout is not None:
                self.served.stdout.close()
            self.served = None

    def close(self) -> None:
        """Leaves nothing behind."""
        self.stop()
        self.folder.cleanup()
