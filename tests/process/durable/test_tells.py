"""Goal: what durable entities send each other by tells arrives once, however often the host is killed: no
coin is lost and none is made. Method: a real host with two durable types, whose entities send coins to each
other under asks from several clients, killed again and again; the sum over all of them is looked at."""

import http.client
import json
import os
import pathlib
import random
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "kafka"))

from shoal_host import Host  # noqa: E402

MODULE = os.environ["SHOAL_BANK_MODULE"]
ROUNDS = 30 if os.environ.get("SHOAL_TEST_LONG") else 6
CLIENTS = 4
TYPES = {"purse": "events", "chest": "state"}
ENTITIES = [f"{kind}/{number}" for kind in TYPES for number in range(12)]
COINS = 1000  # each has at first


class Sender(threading.Thread):
    """Lets entities send coins to each other, one ask after the other, until the host is gone."""

    def __init__(self, port, seed):
        super().__init__(daemon=True)
        self.port = port
        self.chance = random.Random(seed)
        self.answered = 0
        self.wrong = []
        self.ended = threading.Event()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            while not self.ended.is_set():
                self.send(connection)
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()

    def send(self, connection):
        kind, entity = self.chance.choice(ENTITIES).split("/")
        order = {"type": kind, "id": entity, "coins": self.chance.randint(1, 9)}
        order["times"] = self.chance.choice([1, 1, 1, 20])
        if self.chance.random() < 0.2:
            order["then"] = "return"
        body = json.dumps({"message": "send", "body": order})
        path = f"/v1/entities/{self.chance.choice(ENTITIES)}/ask"
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read().decode()
        if response.status == 200:
            self.answered += 1
        else:
            self.wrong.append(f"{path} {body}: {response.status} {text}")


class Tells(unittest.TestCase):
    def start_host(self):
        tables = {
            "modules": [{"path": MODULE}],
            "journal": {"lease_ms": 100},
            **{f"types.{name}": {"durability": kind, "shards": 8} for name, kind in TYPES.items()},
        }
        host = Host(tables, lanes=2)
        self.addCleanup(host.close)
        return host.start_ready()

    @staticmethod
    def pending(host):
        return sum(lane["tells"] for lane in host.status()["lanes"])

    def books(self, host):
        books = {}
        for name in ENTITIES:
            code, books[name] = host.ask(*name.split("/"), "look", {})
            self.assertEqual(200, code, books[name])
        return books

    def settled_books(self, host):
        """What all entities say once as many coins have come as were sent."""
        books = {}

        def settled():
            books.update(self.books(host))
            sent, got = (sum(book[what] for book in books.values()) for what in ("sent", "got"))
            return sent == got and self.pending(host) == 0

        host.wait(settled, "all that was sent has come")
        return books

    def check(self, books, why):
        self.assertEqual(COINS * len(ENTITIES), sum(book["coins"] for book in books.values()), why)
        self.assertEqual(0, sum(book["wrong"] for book in books.values()), f"out of order: {why}")

    def test_no_coin_is_lost_or_made_when_the_host_is_killed_again_and_again(self):
        seed = int(os.environ.get("SHOAL_TEST_SEED", random.SystemRandom().randrange(1 << 32)))
        chance = random.Random(seed)
        host = self.start_host()
        answered = 0
        for number in range(ROUNDS):
            senders = [Sender(host.port, f"{seed} {number} {client}") for client in range(CLIENTS)]
            for sender in senders:
                sender.start()
            senders[0].join(chance.uniform(0.2, 1.0))
            host.kill()
            for sender in senders:
                sender.join()
                self.assertEqual([], sender.wrong[:3], f"round {number}, seed {seed}")
                answered += sender.answered
            host.start_ready()
            # Some rounds begin while the last one's tells are still on their way.
            if chance.random() < 0.5:
                self.check(self.settled_books(host), f"round {number}, seed {seed}")
        self.check(self.settled_books(host), f"seed {seed}")
        self.assertGreater(answered, ROUNDS * 5)
        self.assertEqual(0, host.stop())
        host.start_ready()
        self.check(self.settled_books(host), f"after a stop in order, seed {seed}")

    def test_a_stop_in_order_under_load_keeps_all_coins(self):
        host = self.start_host()
        senders = [Sender(host.port, client) for client in range(CLIENTS)]
        for sender in senders:
            sender.start()
        host.wait(lambda: all(sender.answered > 20 for sender in senders), "coins are sent")
        host.stop()
        for sender in senders:
            sender.ended.set()
            sender.join()
        host.start_ready()
        self.check(self.settled_books(host), "after a stop in order")


if __name__ == "__main__":
    unittest.main()
