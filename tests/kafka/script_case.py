"""What tests with a real broker share whose records are scripts (tests/modules/fixtures/script.cpp)."""

import shoal_host
import topics
from host_case import HostCase
from shoal_host import Host


class ScriptCase(HostCase):
    TYPE = "script"  # of the module "script"

    def committed(self, topic):
        return sum(topics.committed(self.bootstrap, topic, topic).values())

    def make_scripts(self, topic, records, partitions=1, policy=None, **node):
        """A host that reads the topic's records as scripts, with a policy for its entities."""
        letters = f"{topic}.dead"
        topics.create(self.bootstrap, {topic: partitions, letters: 1})
        topics.produce(self.bootstrap, topic, records)
        source = {
            "name": "scripts",
            "topics": [topic],
            "type": self.TYPE,
            "message": "do",
            "group": topic,
            "commit_interval_ms": 50,
            "dead_letter_topic": letters,
        }
        tables = shoal_host.configuration(self.bootstrap, shoal_host.SCRIPT_MODULE, source, {})
        tables["types"] = {self.TYPE: policy or {}}
        host = Host(tables, 2, **node)
        self.addCleanup(host.close)
        return host

    def notes(self, host, entity):
        code, reply = host.ask(self.TYPE, entity, "do", "read")
        self.assertEqual(200, code, reply)
        return reply

    def wait_counts(self, host, **wanted):
        """Until the source's counts are as wanted; gives its status."""

        def counted():
            source = host.source()
            return source if all(source[name] == value for name, value in wanted.items()) else None

        return host.wait(counted, f"the source has {wanted}")
