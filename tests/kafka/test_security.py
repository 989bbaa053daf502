"""SASL over TLS, as `[kafka.client]` says: records flow; a wrong password and a wrong authority are named.

The broker has a second listener with SASL_SSL and SCRAM-SHA-512; certificates are made by openssl. The
password must appear nowhere: not in the log at its most talkative, not in the status, not in what the
commands print.
"""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import certificates
import requirements
import shoal_host
import topics
from broker import Broker, free_ports
from host_case import HostCase, Quiet, records

USER, PASSWORD, WRONG = "shoal-user", "pa55-of-the-test", "wr0ng-of-the-test"
PROTOCOLS = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


class Security(HostCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="shoal-security-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.authority = certificates.authority(cls.folder, "authority")
        cls.stranger = certificates.authority(cls.folder, "stranger")
        cls.secure = f"127.0.0.1:{free_ports(1)[0]}"
        settings = {
            "listeners": "PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller},"
            f"SASL_SSL://{cls.secure}",
            "advertised.listeners": "PLAINTEXT://127.0.0.1:{port}," f"SASL_SSL://{cls.secure}",
            "listener.security.protocol.map": PROTOCOLS,
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": SCRAM,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": certificates.broker_store(cls.folder, cls.authority),
        }
        user = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        cls.broker = Broker(settings, format_options=["--add-scram", user]).start()
        cls.addClassCleanup(cls.broker.close)
        cls.bootstrap = cls.broker.bootstrap
        topics.create(cls.bootstrap, {"in": 2, "in.dead-letters": 1, "out": 1})

    def make_secure_host(self, password=PASSWORD, authority=None, protocol="sasl_ssl"):
        client = {
            "security.protocol": protocol,
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": USER,
            "sasl.password": password,
            "ssl.ca.location": str(authority or self.authority),
        }
        return self.make_host("in", self.secure, kafka_client=client, log={"level": "debug"})

    def check_masked(self, host, secret):
        config = str(host.folder / "shoal.toml")
        said = [host.log(100_000), host.get("/readyz?verbose")[1], host.get("/v1/status")[1]]
        for command in ("print-config", "check-config"):
            asked = [shoal_host.SHOAL, command, "--config", config]
            done = subprocess.run(asked, capture_output=True, text=True)
            said.append(done.stdout + done.stderr)
        self.assertIn("sasl.password", said[3], "print-config shows the key")
        for text in said:
            self.assertNotIn(secret, text)

    def test_records_flow(self):
        topics.produce(self.bootstrap, "in", [*records(100), (b"key", b"fail")])
        host = self.make_secure_host()
        host.start_ready()
        source = host.wait_finished(101)
        self.assertEqual((100, 1), (source["done_total"], source["dead_letters_total"]))
        self.check_masked(host, PASSWORD)
        self.assertEqual(0, host.stop())
        self.check_each_once("in", letters="in.dead-letters")

    def test_wrong_password_is_named(self):
        host = self.make_secure_host(password=WRONG)
        host.start()
        self.wait_unready(host, "kafka", "uthentication failed", "security keys in [kafka.client]")
        Quiet(host).check(3)
        self.wait_unready(host, "uthentication failed")
        self.check_masked(host, WRONG)
        self.assertEqual(0, host.stop())

    def test_wrong_authority_is_named(self):
        host = self.make_secure_host(authority=self.stranger)
        host.start()
        self.wait_unready(host, "kafka", "certificate", "ssl.ca.location", "security keys in [kafka.client]")
        Quiet(host).check(3)
        self.check_masked(host, PASSWORD)
        self.assertEqual(0, host.stop())

    def test_plaintext_to_a_secure_listener_is_named(self):
        host = self.make_secure_host(protocol="plaintext")
        host.start()
        self.wait_unready(host, "kafka", "security.protocol")
        self.assertEqual(0, host.stop())


if __name__ == "__main__":
    requirements.main_guard(unittest.main)
