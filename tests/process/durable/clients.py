"""Clients of durable entities: what they were answered is compared with what the entities say."""

import http.client
import json
import os
import random
import threading


class Client(threading.Thread):
    """Adds one to its entities, one ask after the other, until the host is gone or it is told to end."""

    def __init__(self, port, entities, tallies):
        super().__init__(daemon=True)
        self.port = port
        self.entities = entities
        self.tallies = tallies
        self.wrong = []
        self.ended = threading.Event()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            while not self.ended.is_set():
                for name in self.entities:
                    self.add(connection, name)
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()

    def add(self, connection, name):
        tally = self.tallies[name]
        tally["sent"] += 1
        body = json.dumps({"message": "add", "body": {"by": 1}})
        connection.request("POST", f"/v1/entities/{name}/ask", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read().decode()
        if response.status != 200:
            self.refused(name, response.status, text)
            return
        self.answered(name, json.loads(text)["changes"])

    def answered(self, name, changes):
        tally = self.tallies[name]
        tally["answered"] += 1
        if not tally["answered"] <= changes <= tally["sent"]:
            self.wrong.append(f"{name}: {changes} of {tally}")

    def refused(self, name, status, text):
        self.wrong.append(f"{name}: {status} {text}")


def tallies_of(names):
    return {name: {"sent": 0, "answered": 0} for name in names}


def kill_under_asks(test, host, names, rounds, seconds):
    """Kills the host so many times, each after some of these seconds of asks by a client for each list of
    names, and compares what they were answered with what the entities say. Gives the tallies."""
    seed = int(os.environ.get("SHOAL_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
    chance = random.Random(seed)
    tallies = tallies_of(name for each in names for name in each)
    for number in range(rounds):
        clients = [Client(host.port, each, tallies) for each in names]
        for client in clients:
            client.start()
        clients[0].join(chance.uniform(*seconds))
        host.kill()
        for client in clients:
            client.join()
            test.assertEqual([], client.wrong[:3], f"round {number}, seed {seed}")
        host.start_ready()
        for name, tally in tallies.items():
            code, state = host.ask(*name.split("/"), "look", {})
            test.assertEqual(200, code, state)
            test.assertEqual(state["changes"], state["sum"], name)
            test.assertLessEqual(tally["answered"], state["changes"], f"{name}: lost, seed {seed}")
            test.assertLessEqual(state["changes"], tally["sent"], f"{name}: twice, seed {seed}")
            # What was sent and not answered has happened or never will.
            tally["sent"] = tally["answered"] = state["changes"]
    return tallies
