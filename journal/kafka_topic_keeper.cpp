#include "journal/kafka_topic_keeper.hpp"

#include <utility>

namespace shoal::journal {

Result<std::unique_ptr<KafkaTopicKeeper>> KafkaTopicKeeper::start(Options options) {
  SHOAL_TRY(admin, KafkaAdmin::create(options.client));
  return std::unique_ptr<KafkaTopicKeeper>(new KafkaTopicKeeper(std::move(options), std::move(admin)));
}

KafkaTopicKeeper::KafkaTopicKeeper(Options options, std::unique_ptr<KafkaAdmin> admin)
    : options_(std::move(options)), admin_(std::move(admin)), thread_([this] { run(); }) {}

KafkaTopicKeeper::~KafkaTopicKeeper() { stop(); }

void KafkaTopicKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void KafkaTopicKeeper::keep(const std::string& type, std::uint32_t shards) {
  {
    const std::lock_guard lock(mutex_);
    topics_[type] = {shards, std::nullopt, "its topic has not been looked at yet"};
    to_try_.push_back(type);
  }
  changed_.notify_one();
}

std::optional<JournalId> KafkaTopicKeeper::journal_of(const std::string& type) const {
  const std::lock_guard lock(mutex_);
  const auto at = topics_.find(type);
  return at == topics_.end() ? std::nullopt : at->second.journal;
}

std::string KafkaTopicKeeper::trouble() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [type, topic] : topics_) {
    if (!topic.journal) text += (text.empty() ? "" : "; ") + topic.trouble;
  }
  return text;
}

// Those that are new, then all that failed, after a while. None: the thread ends.
std::optional<KafkaAdmin::TopicRequest> KafkaTopicKeeper::next_request() {
  std::unique_lock lock(mutex_);
  const auto is_wanted = [this] { return is_stopping_ || !to_try_.empty(); };
  while (!is_wanted()) {
    if (changed_.wait_for(lock, options_.try_again_after, is_wanted)) break;
    for (const auto& [type, topic] : topics_) {
      if (!topic.journal) to_try_.push_back(type);
    }
    if (to_try_.empty()) changed_.wait(lock, is_wanted);
  }
  if (is_stopping_) return std::nullopt;
  const std::string type = to_try_.back();
  to_try_.pop_back();
  return KafkaAdmin::TopicRequest{type, topics_[type].shards, options_.replication_factor};
}

void KafkaTopicKeeper::run() {
  while (const auto request = next_request())
    took(request->type, admin_->prepare(*request, options_.timeout));
}

void KafkaTopicKeeper::took(const std::string& type, const Result<KafkaJournalTopic>& outcome) {
  std::string said;
  {
    const std::lock_guard lock(mutex_);
    Topic& topic = topics_[type];
    if (outcome) {
      topic.journal = outcome.value().journal;
      topic.trouble.clear();
    } else if (topic.trouble != outcome.error().message) {
      said = topic.trouble = outcome.error().message;
    }
  }
  if (!said.empty()) options_.client.log(KafkaLogLevel::error, said);
  if (!outcome) return;
  for (const std::string& warning : outcome.value().warnings) {
    options_.client.log(KafkaLogLevel::warning, warning);
  }
  for (const auto& wake : wakes_) wake();
}

}  // namespace shoal::journal
