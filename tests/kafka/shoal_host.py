"""The real `shoal` as a process under test: its configuration, its life, and what it says over HTTP.

The programs come from the build that runs the tests: SHOAL_BINARY, SHOAL_AIRCRAFT_MODULE,
SHOAL_ECHO_MODULE, SHOAL_SCRIPT_MODULE, SHOAL_KEEPER_MODULE, SHOAL_LOGBOOK_MODULE,
SHOAL_DURABLE_MODULE. One management connection is kept alive. Not thread safe.
"""

import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import urllib.parse

import child
from broker import free_ports
from waiting import wait_until

SHOAL = os.environ.get("SHOAL_BINARY", "")
AIRCRAFT_MODULE = os.environ.get("SHOAL_AIRCRAFT_MODULE", "")
ECHO_MODULE = os.environ.get("SHOAL_ECHO_MODULE", "")
SCRIPT_MODULE = os.environ.get("SHOAL_SCRIPT_MODULE", "")
KEEPER_MODULE = os.environ.get("SHOAL_KEEPER_MODULE", "")
DURABLE_MODULE = os.environ.get("SHOAL_DURABLE_MODULE", "")
LOGBOOK_MODULE = os.environ.get("SHOAL_LOGBOOK_MODULE", "")


def configuration(bootstrap, module, source, sinks, kafka_client=None):
    """A host with one module, one source and sinks, as nested tables."""
    return {
        "kafka": {"bootstrap_servers": bootstrap, "client": kafka_client or {}},
        "modules": [{"path": module}],
        "sources": [source],
        "sinks": [{"name": name, "topic": topic} for name, topic in sinks.items()],
    }


def aircraft(bootstrap, alerts="alerts", **source):
    flights = {"name": "flights", "topics": ["flights"], "type": "aircraft", "message": "flight", **source}
    return configuration(bootstrap, AIRCRAFT_MODULE, flights, {"alerts": alerts})


def echo(bootstrap, topic, out="out", kafka_client=None, **source):
    records = {"name": "records", "topics": [topic], "type": "echo", "message": "record", **source}
    return configuration(bootstrap, ECHO_MODULE, records, {"out": out}, kafka_client)


def toml_value(value):
    """JSON's text of a string, a number, a truth value or a list of them is TOML's, too."""
    return json.dumps(value)


def toml(tables):
    lines = []
    for name, content in tables.items():
        for table in content if isinstance(content, list) else [content]:
            lines.append(f"[[{name}]]" if isinstance(content, list) else f"[{name}]")
            inner = {key: value for key, value in table.items() if isinstance(value, dict)}
            lines += [f"{key} = {toml_value(value)}" for key, value in table.items() if key not in inner]
            for key, value in inner.items():
                lines.append(f"[{name}.{key}]")
                lines += [f"{json.dumps(one)} = {toml_value(other)}" for one, other in value.items()]
    return "\n".join(lines) + "\n"


class Host:
    enter = None  # called in the child before it runs the host

    def __init__(self, tables, lanes=1, **node):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-host-"))
        self.log_path = self.folder / "host.log"
        self.port = free_ports(1)[0]
        self.process = None
        self.connection = None
        own = {"name": "test", "data_dir": str(self.folder / "data"), "lanes": lanes}
        whole = {"node": {**own, "management_port": self.port, **node}, **tables}
        (self.folder / "shoal.toml").write_text(toml(whole), encoding="utf-8")

    # Life

    def start(self):
        self.process = child.start(self.command(), self.log_path, self.enter)
        return self

    def command(self):
        return [SHOAL, "run", "--config", str(self.folder / "shoal.toml")]

    def start_ready(self, seconds=30.0):
        self.start()
        self.wait(lambda: self.get("/readyz")[0] == 200, "the host is ready", seconds)
        return self

    def wait(self, condition, what, seconds=60.0, every=0.02):
        """Waits on a condition that may ask the (starting) host; fails at once when the host ends."""

        def holds():
            if self.process.poll() is not None:
                raise RuntimeError(f"the host ended with {self.process.returncode}: {self.log()}")
            try:
                return condition()
            except OSError:
                return False

        return wait_until(holds, lambda: f"{what}\n{self.log()}", seconds, every)

    def stop(self, seconds=30.0):
        """SIGTERM; gives the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"the host does not end on SIGTERM: {self.log()}") from None
        finally:
            self.disconnect()

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.disconnect()

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self, lines=40):
        return child.log_tail(self.log_path, lines)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # HTTP

    def disconnect(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def request(self, method, path, body=None):
        """(status, text). Raises OSError where the host cannot be reached."""
        if self.connection is None:
            self.connection = self.connect()
        try:
            headers = {} if body is None else {"Content-Type": "application/json"}
            self.connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read().decode("utf-8")
        except http.client.HTTPException as error:
            self.disconnect()
            raise OSError(f"{method} {path}: {error!r}") from error
        except OSError:
            self.disconnect()
            raise

    def get(self, path):
        return self.request("GET", path)

    def status(self):
        code, text = self.get("/v1/status")
        assert code == 200, (code, text)
        return json.loads(text)

    def source(self):
        """The status of the only source."""
        return self.status()["sources"][0]

    def ask(self, entity_type, entity_id, message, body=None):
        """(HTTP status, the reply or problem document)"""
        path = f"/v1/entities/{entity_type}/{urllib.parse.quote(entity_id, safe='')}/ask"
        code, text = self.request(
            "POST", path, {"message": message, "body": body or {}, "timeout_ms": 10_000}
        )
        return code, json.loads(text)

    # Conditions

    def wait_finished(self, total, seconds=60.0):
        """Until `total` records are finished and committed; the source's counts must add up then."""

        def finished():
            source = self.source()
            is_done = source["done_total"] + source["dead_letters_total"] >= total
            return source if is_done and source["lag"] == 0 else None

        source = self.wait(finished, f"{total} records are finished and committed", seconds)
        parts = source["done_total"] + source["dead_letters_total"] + source["in_flight"]
        assert source["in_total"] == parts, source
        return source
