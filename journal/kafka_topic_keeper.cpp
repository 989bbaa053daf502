#include "journal/kafka_topic_keeper.hpp"

#include <utility>

namespace shoal::journal {

Result<std::unique_ptr<KafkaTopicKeeper>> KafkaTopicKeeper::start(Options options) {
  SHOAL_TRY(admin, KafkaAdmin::create(options.client));
  return std::unique_ptr<KafkaTopicKeeper>(new KafkaTopicKeeper(std::move(options), std::move(admin)));
}

KafkaTopicKeeper::KafkaTopicKeeper(Options options, std::unique_ptr<KafkaAdmin> admin)
    : options_(std::move(options)),
      admin_(std::move(admin)),
      look_at_(std::chrono::steady_clock::now() + options_.look_again_after),
      thread_([this] { run(); }) {}

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
    topics_[type] = {shards, std::nullopt,
                     "the journal's topic of type " + type + " has not been looked at yet"};
    to_try_.push_back(type);
  }
  changed_.notify_one();
}

std::optional<JournalId> KafkaTopicKeeper::journal_of(const std::string& type) const {
  const std::lock_guard lock(mutex_);
  const auto at = topics_.find(type);
  return at == topics_.end() || !at->second.trouble.empty() ? std::nullopt : at->second.journal;
}

std::string KafkaTopicKeeper::trouble() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [type, topic] : topics_) {
    if (!topic.trouble.empty()) text += (text.empty() ? "" : "; ") + topic.trouble;
  }
  return text;
}

// Those that are new; after a while all that are not right, and now and then all. None: the thread ends.
std::optional<KafkaTopicKeeper::Task> KafkaTopicKeeper::next_task() {
  std::unique_lock lock(mutex_);
  const auto is_wanted = [this] { return is_stopping_ || !to_try_.empty(); };
  while (!is_wanted()) {
    if (changed_.wait_for(lock, options_.try_again_after, is_wanted)) break;
    const auto now = std::chrono::steady_clock::now();
    const bool looks = now >= look_at_;
    if (looks) look_at_ = now + options_.look_again_after;
    for (const auto& [type, topic] : topics_) {
      if (looks || !topic.trouble.empty()) to_try_.push_back(type);
    }
  }
  if (is_stopping_) return std::nullopt;
  const std::string type = to_try_.back();
  to_try_.pop_back();
  return Task{type, topics_[type]};
}

void KafkaTopicKeeper::run() {
  while (const auto task = next_task()) {
    if (task->topic.journal) {
      look(*task);
    } else {
      prepare(*task);
    }
  }
}

void KafkaTopicKeeper::prepare(const Task& task) {
  const auto outcome =
      admin_->prepare({task.type, task.topic.shards, options_.replication_factor}, options_.timeout);
  if (!outcome) return set_trouble(task, outcome.error().message);
  for (const std::string& warning : outcome.value().warnings) {
    options_.client.log(KafkaLogLevel::warning, warning);
  }
  {
    const std::lock_guard lock(mutex_);
    topics_[task.type].journal = outcome.value().journal;
  }
  set_trouble(task, "");
}

// While nobody can tell, what was known last holds.
void KafkaTopicKeeper::look(const Task& task) {
  const auto fate = admin_->look(task.type, *task.topic.journal, options_.timeout);
  if (!fate) return;
  const std::string topic = "the journal's topic " + options_.client.topic_prefix + task.type;
  if (fate.value() == KafkaTopicFate::kept) {
    if (!task.topic.trouble.empty())
      options_.client.log(KafkaLogLevel::info, topic + " is there again, as it was");
    return set_trouble(task, "");
  }
  const std::string what = fate.value() == KafkaTopicFate::gone ? " is gone" : " was made anew";
  set_trouble(task,
              topic + what +
                  ", and with it what was in it: stop all hosts of this journal and start them again to "
                  "begin with an empty one");
}

void KafkaTopicKeeper::set_trouble(const Task& task, const std::string& trouble) {
  {
    const std::lock_guard lock(mutex_);
    std::string& known = topics_[task.type].trouble;
    if (known == trouble) return;
    known = trouble;
  }
  if (!trouble.empty()) return options_.client.log(KafkaLogLevel::error, trouble);
  for (const auto& wake : wakes_) wake();
}

}  // namespace shoal::journal
