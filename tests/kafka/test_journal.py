"""Goal: with its shard logs in Kafka a host keeps what it answered for as with files: killed at any instant,
overtaken while it stood still, while the broker is away, and when that is killed; topics that would lose
records are refused by name. Method: what tests/process/durable does with directories, real hosts on a real
broker."""

import itertools
import json
import os
import pathlib
import sys
import threading
import unittest

import requirements
import topics
from broker import Broker
from confluent_kafka.admin import ConfigResource
from shoal_host import Host

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "process" / "durable"))

import test_durable  # noqa: E402
import test_owners  # noqa: E402
from clients import Client, tallies_of  # noqa: E402
from waiting import wait_until  # noqa: E402

MODULE = os.environ["SHOAL_DURABLE_MODULE"]
test_durable.ROUNDS = 100 if os.environ.get("SHOAL_TEST_LONG") else 8
test_owners.ROUNDS = 10 if os.environ.get("SHOAL_TEST_LONG") else 2
BROKER_ROUNDS = 10 if os.environ.get("SHOAL_TEST_LONG") else 2
SHARDS = 8
FILL_BYTES = 400 * 1024
CHECKPOINT_BYTES = 4 * 1024 * 1024

prefixes = (f"journal-{number}-" for number in itertools.count())


class OnBroker:
    """A broker for the class; each test has topics of its own."""

    make_broker = Broker

    @classmethod
    def setUpClass(cls):
        cls.broker = cls.enterClassContext(cls.make_broker())

    def setUp(self):
        self.prefix = next(prefixes)
        super().setUp()

    def make_host(self, types, lanes=2, lease_ms=100, **journal):
        own = {"log": "kafka", "lease_ms": lease_ms, "kafka_topic_prefix": self.prefix, **journal}
        tables = {
            "kafka": {"bootstrap_servers": self.broker.bootstrap},
            "modules": [{"path": MODULE}],
            "journal": own,
            **{f"types.{name}": policy for name, policy in types.items()},
        }
        host = Host(tables, lanes=lanes)
        self.addCleanup(host.close)
        return host


class Durable(OnBroker, test_durable.Durable):
    test_the_tools_say_what_a_host_has_left = None  # they read directories
    test_where_there_is_no_journal_the_tools_say_so = None
    test_what_the_log_says_of_an_entity_is_shown_by_its_host_and_from_the_directory = None
    test_a_journal_is_freed_of_what_no_shard_needs = None

    def start_host(self, lanes=2, **types):
        kinds = test_durable.TYPES.items()
        policies = {name: {"durability": kind, "shards": SHARDS, **types} for name, kind in kinds}
        return self.make_host(policies, lanes).start_ready()

    def test_what_the_log_says_of_an_entity_is_shown_by_its_host(self):
        host = self.start_host()
        for kind in test_durable.TYPES:
            for number in range(1, 4):
                self.assertEqual(200, host.ask(kind, "a b", "add", {"by": number})[0])
            code, records, errors = self.history(host, kind, "a b")
            self.assertEqual((0, ""), (code, errors), kind)
            self.assertEqual([1, 2, 3], [each["revision"] for each in records], kind)


class Owners(OnBroker, test_owners.Owners):
    def start_host(self):
        kinds = test_owners.TYPES.items()
        policies = {name: {"durability": kind, "shards": SHARDS} for name, kind in kinds}
        return self.make_host(policies, lease_ms=500).start_ready()


class Unhurried(Client):
    """Goes on where its deadline passes: what it asked for may have happened, or will."""

    def refused(self, name, status, text):
        if status != 504:
            super().refused(name, status, text)


class UnderAsks(OnBroker):
    """Brokers fail under asks, while the host waits for them."""

    def ask_through(self, fault):
        """Nothing that was answered is lost, whatever `fault` does a few times, and asks go on."""
        kinds = test_durable.TYPES.items()
        policies = {name: {"durability": kind, "shards": SHARDS} for name, kind in kinds}
        host = self.make_host(policies, kafka_timeout_ms=120_000).start_ready()
        names = [[f"{kind}/{client}" for kind in test_durable.TYPES] for client in range(6)]
        tallies = tallies_of(name for each in names for name in each)
        clients = [Unhurried(host.port, each, tallies) for each in names]
        for client in clients:
            client.start()

        def answers():
            return sum(tally["answered"] for tally in tallies.values())

        def run_on(more=300):
            enough = answers() + more
            wait_until(lambda: answers() >= enough, lambda: f"{more} answers: {tallies} {host.log()}", 120)

        for _ in range(BROKER_ROUNDS):
            run_on()
            fault()
        run_on()
        for client in clients:
            client.ended.set()
        for client in clients:
            client.join()
            self.assertEqual([], client.wrong[:3], host.log())
        self.check(host, tallies)
        host.kill()
        self.check(host.start_ready(), tallies)

    def check(self, host, tallies):
        for name, tally in tallies.items():
            code, state = host.ask(*name.split("/"), "look", {})
            self.assertEqual(200, code, state)
            self.assertEqual(state["changes"], state["sum"], name)
            self.assertLessEqual(tally["answered"], state["changes"], f"{name}: lost")
            self.assertLessEqual(state["changes"], tally["sent"], f"{name}: twice")


class BrokerKilled(UnderAsks, unittest.TestCase):
    def test_the_only_broker_is_killed_and_started_again(self):
        def restart():
            self.broker.kill()
            self.broker.start()

        self.ask_through(restart)


class Topics(OnBroker, unittest.TestCase):
    REGISTER = {"register": {"durability": "state", "shards": 1}}

    def topic(self):
        return self.prefix + "register"

    def settings(self):
        client = topics.admin(self.broker.bootstrap)
        for future in client.describe_configs([ConfigResource("topic", self.topic())]).values():
            return {name: entry.value for name, entry in future.result().items()}

    def says(self, host, wanted):
        """Whether `/readyz` does, as the reason why the host is not ready."""
        code, body = host.get("/readyz?verbose")
        return code == 503 and wanted in json.dumps(body)

    def add(self, host):
        code, reply = host.ask("register", "a", "add", {"by": 1})
        self.assertEqual(200, code, reply)
        return reply["changes"]

    def test_a_topic_is_made_so_that_it_keeps_everything(self):
        host = self.make_host(self.REGISTER).start_ready()
        self.assertEqual(1, self.add(host))
        self.assertEqual(1, topics.partition_count(self.broker.bootstrap, self.topic()))
        settings = self.settings()
        self.assertEqual(
            ("delete", "-1", "-1"),
            tuple(settings[name] for name in ("cleanup.policy", "retention.ms", "retention.bytes")),
        )
        self.assertIn("has one replica", host.log(1000))

    def test_a_topic_that_would_lose_records_is_refused_until_it_is_right(self):
        right = {"retention.bytes": "-1", "max.message.bytes": "2097152"}
        wrong = {**right, "retention.ms": "3600000"}
        topics.create(self.broker.bootstrap, {self.topic(): 1}, wrong)
        host = self.make_host(self.REGISTER).start()
        wanted = f"topic {self.topic()} has retention.ms=3600000, which would lose records: set it to -1"
        host.wait(lambda: wanted in host.log(1000), "the host names the setting")
        host.wait(lambda: self.says(host, wanted), "so does /readyz")
        topics.alter(self.broker.bootstrap, self.topic(), {**right, "retention.ms": "-1"})
        host.wait(lambda: host.get("/readyz")[0] == 200, "the host is ready")
        self.assertEqual(1, host.log(1000).count(wanted), "it is said once")
        self.assertEqual(1, self.add(host))

    def test_another_partition_count_is_refused(self):
        topics.create(self.broker.bootstrap, {self.topic(): 3})
        host = self.make_host(self.REGISTER).start()
        wanted = f"topic {self.topic()} has 3 partitions, and type register has 1 shards"
        host.wait(lambda: wanted in host.log(1000), "the host names the counts")
        host.wait(lambda: self.says(host, wanted), "so does /readyz")
        self.assertEqual(0, host.stop())

    def test_a_topic_that_is_deleted_or_made_anew_is_named(self):
        host = self.make_host(self.REGISTER).start_ready()
        self.assertEqual(1, self.add(host))
        topics.delete(self.broker.bootstrap, self.topic())
        self.wait_named(host, "is gone")
        self.assertNotIn(self.topic(), topics.admin(self.broker.bootstrap).list_topics(timeout=10).topics)
        topics.create(self.broker.bootstrap, {self.topic(): 1})
        self.wait_named(host, "was made anew")
        host.kill()
        topics.delete(self.broker.bootstrap, self.topic())
        host.start_ready()
        self.assertEqual(1, self.add(host), "a journal that begins")

    def test_a_topic_that_is_made_anew_at_once_is_named(self):
        host = self.make_host(self.REGISTER, kafka_timeout_ms=2_000).start_ready()
        self.assertEqual(1, self.add(host))
        topics.delete(self.broker.bootstrap, self.topic())
        host.wait(lambda: self.made(), "the topic is there again")
        self.assertNotEqual(200, self.ask_long(host, 5_000)[0], "nobody begins with an empty topic")
        self.wait_named(host, "was made anew")

    def made(self):
        try:
            topics.create(self.broker.bootstrap, {self.topic(): 1})
        except topics.KafkaException:
            return False  # the former one is still on its way out
        return True

    def wait_named(self, host, what):
        wanted = f"topic {self.topic()} {what}, and with it what was in it"
        host.wait(lambda: self.says(host, wanted), f"/readyz says that it {what}")
        self.assertEqual(1, host.log(1000).count(wanted), "it is said once")

    def test_what_is_below_a_checkpoint_goes(self):
        host = self.make_host(self.REGISTER, lanes=1).start_ready()
        fills = CHECKPOINT_BYTES // FILL_BYTES + 8
        for number in range(fills):
            code, reply = host.ask("register", "a", "fill", {"bytes": FILL_BYTES + number})
            self.assertEqual(200, code, reply)
        host.wait(lambda: self.first_offset() > 0, "records are deleted")
        host.kill()
        host.start_ready()
        code, reply = host.ask("register", "a", "look", {})
        self.assertEqual((200, fills), (code, reply["changes"]))

    def first_offset(self):
        one = topics.consumer(self.broker.bootstrap, "shoal-tests-look")
        try:
            partition = topics.TopicPartition(self.topic(), 0)
            return one.get_watermark_offsets(partition, timeout=10)[0]
        finally:
            one.close()

    def test_while_the_broker_is_away_nothing_is_answered_and_then_it_goes_on(self):
        host = self.make_host(self.REGISTER, kafka_timeout_ms=120_000).start_ready()
        self.assertEqual(1, self.add(host))
        self.broker.stop()
        answers = []
        asking = threading.Thread(target=lambda: answers.append(self.ask_long(host)))
        asking.start()
        wanted = "the journal waits: no broker"
        host.wait(lambda: wanted in host.log(1000), "the host says what it waits for")
        self.assertEqual(503, host.get("/readyz")[0])
        self.assertEqual([], answers)
        self.broker.start()
        asking.join()
        self.assertEqual([(200, 2)], answers)
        host.wait(lambda: host.get("/readyz")[0] == 200, "the host is ready")
        self.assertEqual(3, self.add(host))

    def test_what_is_not_written_in_time_is_refused_and_the_shard_gets_its_log_back(self):
        host = self.make_host(self.REGISTER, kafka_timeout_ms=2_000).start_ready()
        self.assertEqual(1, self.add(host))
        self.broker.stop()
        code, _ = self.ask_long(host)
        self.assertEqual(500, code)
        self.assertIn("its log is lost, it is claimed again", host.log(1000))
        self.broker.start()
        host.wait(lambda: host.get("/readyz")[0] == 200, "the host has its log again")
        code, reply = host.ask("register", "a", "look", {})
        self.assertEqual(200, code, reply)
        self.assertIn(reply["changes"], (1, 2), "it was refused, and may have taken effect")

    def ask_long(self, host, timeout_ms=110_000):
        """On a connection of its own: (HTTP status, changes)."""
        connection = host.connect()
        connection.timeout = 120
        body = json.dumps({"message": "add", "body": {"by": 1}, "timeout_ms": timeout_ms})
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/v1/entities/register/a/ask", body, headers)
        answer = connection.getresponse()
        reply = json.loads(answer.read())
        connection.close()
        return answer.status, reply.get("changes")


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
