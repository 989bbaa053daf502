#include "tests/sim/journal/log_process.hpp"

#include <algorithm>
#include <utility>

namespace shoal::sim {

using namespace journal;

namespace {

constexpr int disk_full_tries = 3;

std::string directory_of(std::uint32_t shard) {
  return std::string("shards/") + type_name + "/" + std::to_string(shard) + "/";
}

}  // namespace

LogWorld::Process::Process(LogWorld& world, std::uint32_t number, std::vector<Step> script)
    : world_(world), number_(number), script_(std::move(script)), fiber_([this] { run(); }) {
  disk_ = LogDisk::make(world.disk_->process(number), world.plan_.bug,
                        [this](const std::string& path) { world_.claims_made_[path] = number_; });
  owner_ = std::make_unique<Owner>(
      *disk_, world.plan_.segment_bytes, [&world] { return world.ids_(); }, world.plan_.spare_segments_max);
}

bool LogWorld::Process::open() {
  const auto opened = owner_->open();
  if (!opened && world_.is_disk_sound_) oracle(0).breach("a log cannot be opened: " + opened.error().message);
  return opened.has_value();
}

void LogWorld::Process::run() {
  try {
    if (script_.empty()) {
      if (!open()) return end();
      for (std::uint64_t i = 0; i < world_.plan_.steps; ++i) {
        const auto shard = static_cast<std::uint32_t>(world_.chance_.below(world_.plan_.shards));
        if (!step(draw(shard), shard)) break;
      }
    } else {
      for (const Step next : script_) {
        if (!step(next, 0)) break;
      }
    }
  } catch (const Killed&) {
    world_.note(number_);
  }
  end();
}

void LogWorld::Process::recover() {
  if (!open()) return;
  for (std::uint32_t shard = 0; shard < world_.plan_.shards; ++shard) {
    claim(shard, Step::claim);
    if (!shards_[shard].is_owned) {
      oracle(shard).breach("nobody can recover shard " + std::to_string(shard) + " in quiet");
    }
  }
}

Step LogWorld::Process::draw(std::uint32_t shard) {
  Chance& chance = world_.chance_;
  if (!shards_[shard].is_owned) {
    constexpr std::array claims = {Step::claim, Step::claim, Step::claim_as_decided, Step::claim_late};
    return chance.once_in(3) ? claims[chance.below(claims.size())] : Step::commit;
  }
  constexpr std::array steps = {Step::append,
                                Step::append_and_commit,
                                Step::append_and_commit,
                                Step::append_and_commit,
                                Step::commit,
                                Step::checkpoint,
                                Step::begin_checkpoint,
                                Step::end_checkpoint,
                                Step::read_again,
                                Step::idle,
                                Step::append_and_commit,
                                Step::append};
  return chance.once_in(24) ? Step::close : steps[chance.below(steps.size())];
}

bool LogWorld::Process::step(Step step, std::uint32_t number) {
  Shard& shard = shards_[number];
  const bool may_write = shard.is_owned && !shard.is_closing;
  switch (step) {
    case Step::claim:
    case Step::claim_as_decided:
    case Step::claim_late:
      return shard.is_owned || claim(number, step);
    case Step::append:
      if (may_write) append(number);
      return true;
    case Step::commit:
      return commit();
    case Step::append_and_commit:
      if (may_write) append(number);
      return commit();
    case Step::checkpoint:
      if (may_write && shard.begun.empty() && owner_->checkpoint_fits(number)) {
        world_.trace(number_, "writes a checkpoint at " + std::to_string(owner_->next(number)));
        owner_->append_checkpoint(number);
        ends_checkpoint_ = true;
      }
      return commit();
    case Step::begin_checkpoint:
      if (may_write && shard.begun.empty() && owner_->checkpoint_fits(number))
        shard.begun = {owner_->begin_checkpoint(number).value};
      return true;
    case Step::end_checkpoint:
      if (!may_write || shard.begun.empty()) return true;
      world_.trace(number_, "ends a checkpoint at " + std::to_string(owner_->next(number)));
      owner_->end_checkpoint(number, Sequence(shard.begun.front()));
      shard.begun.clear();
      ends_checkpoint_ = true;
      return true;
    case Step::idle:
      return owner_->log().idle().has_value() || !world_.is_disk_sound_;
    case Step::read_again:
      // What is not committed would be read over.
      return !may_write || !commit() || !shard.is_owned || read(number);
    case Step::close:
      if (may_write) owner_->append_closed(number);
      shard.is_closing = shard.is_owned;
      return commit();
  }
  return true;
}

bool LogWorld::Process::claim(std::uint32_t number, Step how) {
  std::optional<Decision> decision;
  std::vector<Decision>& decisions = world_.decisions_;
  if (how == Step::claim_late && !decisions.empty()) {
    decision = decisions[world_.chance_.below(decisions.size())];
  } else if (how != Step::claim) {
    decisions.push_back({decisions.size() + 1, 1});
    decision = decisions.back();
  }
  const bool is_asked = world_.plan_.bug != LogBug::takes_stale_decisions;
  const auto outcome = owner_->claim(number, is_asked ? decision : std::nullopt);
  if (const auto* no = std::get_if<ClaimRefused>(&outcome)) return refused(number, *no);
  const auto& claimed = std::get<Claimed>(outcome);
  Shard& shard = shards_[number];
  shard = {true, claimed.epoch.value, {}, false};
  ++world_.owners_;
  world_.note(claimed.next.value);
  world_.trace(number_, "owns shard " + std::to_string(number) + " in epoch " + std::to_string(shard.epoch) +
                            " from " + std::to_string(claimed.next.value));
  oracle(number).claimed(claimed.epoch.value, number_, decision);
  return read(number);
}

// Whether somebody else has made a claim after this process made its own.
bool LogWorld::Process::is_overtaken(std::uint32_t shard) const {
  const std::string directory = directory_of(shard);
  std::uint64_t newest = 0;
  for (const std::string& path : world_.disk_->files()) {
    if (path.starts_with(directory))
      newest = std::max<std::uint64_t>(newest, std::stoull(path.substr(directory.size())));
  }
  if (newest == 0) return false;
  const auto made = world_.claims_made_.find(directory + std::to_string(newest));
  return made != world_.claims_made_.end() && made->second != number_;
}

bool LogWorld::Process::refused(std::uint32_t number, const ClaimRefused& refused) {
  world_.note(static_cast<std::uint64_t>(refused.reason));
  world_.trace(number_, "is refused: " + refused.message);
  // A file may be deleted just before it is opened: whoever claims tries again then. That nothing is damaged
  // holds for those who were not overtaken by one who has deleted what they read.
  if (refused.reason == ClaimRefusal::damaged && !is_overtaken(number)) {
    oracle(number).breach("a claim is refused: " + refused.message);
  }
  return refused.reason != ClaimRefusal::storage || world_.is_disk_sound_;
}

bool LogWorld::Process::read(std::uint32_t number) {
  const auto texts = owner_->read(number);
  if (!texts) return read_failed(number, texts.error());
  oracle(number).read(shards_[number].epoch, texts.value());
  return true;
}

bool LogWorld::Process::read_failed(std::uint32_t number, const Error& why) {
  const bool is_lost = owner_->log().look(log_shard(number)).has_value();
  if (!is_lost && why.code == ErrorCode::refused) {
    oracle(number).breach("what counts cannot be read in epoch " + std::to_string(shards_[number].epoch) +
                          ": " + why.message);
  }
  if (!is_lost) owner_->log().abandon(log_shard(number));
  lost(number);
  return true;
}

void LogWorld::Process::append(std::uint32_t number) {
  std::string text = std::to_string(number_) + "." + std::to_string(++texts_) + " ";
  text.append(world_.ids_() % 4 * world_.plan_.text_bytes_step, 'x');
  oracle(number).tried(shards_[number].epoch, owner_->next(number), text);
  owner_->append(number, text);
}

void LogWorld::Process::lost(std::uint32_t shard) {
  world_.trace(number_, "does not own shard " + std::to_string(shard) + " any more");
  shards_[shard] = {};
  owner_->forget(shard);
}

bool LogWorld::Process::commit() {
  if (world_.plan_.bug == LogBug::second_batch_first && !owner_->has_aside()) {
    owner_->set_aside();
    return true;
  }
  const bool is_blind = world_.plan_.bug == LogBug::deletes_below_void && ends_checkpoint_;
  ends_checkpoint_ = false;
  disk_->blind(is_blind);
  CommitOutcome outcome = owner_->commit();
  for (int i = 0; i < disk_full_tries && outcome.state == CommitState::disk_full; ++i) {
    outcome = owner_->commit();
  }
  disk_->blind(false);
  if (is_blind) return settle_blind(outcome);
  if (!settle(outcome)) return false;
  return !owner_->has_aside() || settle(owner_->commit_aside());
}

bool LogWorld::Process::settle(const CommitOutcome& outcome) {
  if (outcome.state != CommitState::done) {
    if (world_.is_disk_sound_) oracle(0).breach("a commit fails: " + outcome.message);
    return false;
  }
  for (const Counted& counted : outcome.counted) {
    world_.note(counted.through.value);
    world_.trace(number_, "counts in shard " + std::to_string(counted.shard.shard.value) + " through " +
                              std::to_string(counted.through.value));
    oracle(counted.shard.shard.value).counted(counted.epoch.value, counted.through.value);
  }
  for (const LogShard closed : outcome.closed) lost(closed.shard.value);
  for (const Failed& failed : outcome.failed) lost(failed.shard.shard.value);
  return true;
}

// The log has deleted below its checkpoint, as if it counted; what it may answer for is as ever.
bool LogWorld::Process::settle_blind(const CommitOutcome& outcome) {
  CommitOutcome seen = outcome;
  std::erase_if(seen.counted, [&](const Counted& counted) {
    const std::uint32_t number = counted.shard.shard.value;
    if (!owner_->log().owns(counted.shard, counted.epoch)) return false;  // it is closed
    if (!owner_->log().look(counted.shard)) return false;
    lost(number);
    return true;
  });
  return settle(seen);
}

}  // namespace shoal::sim
