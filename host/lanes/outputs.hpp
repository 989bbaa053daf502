#pragma once
// Outputs: what turns want to send, as data: records for Kafka, messages and replies.

#include "host/lanes/mail.hpp"
#include "host/lanes/outbox.hpp"

namespace shoal::lanes {

struct Outputs {
  Outbox records = Outbox();
  Mail mail;

  struct Mark {
    Outbox::Mark records;
    Mail::Mark mail;
  };
  Mark mark() const { return {records.mark(), mail.mark()}; }
  bool empty() const { return records.empty() && mail.empty(); }
  std::size_t bytes() const { return records.bytes() + mail.bytes(); }
};

}  // namespace shoal::lanes
