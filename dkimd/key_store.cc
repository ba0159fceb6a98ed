#include "dkimd/key_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/net/runtime.h"

namespace postern::dkimd {
namespace {

// The name of a key in memory.
const std::string& NameOf(const dkim::KeySource& source) {
  return source.path.empty() ? source.text : source.path;
}

absl::StatusOr<KeyStore::Key> Read(const dkim::KeySource& source, bool safe) {
  ASSIGN_OR_RETURN(const std::string text, dkim::ReadKeyText(source, safe));
  absl::StatusOr<dkim::PrivateKey> key = dkim::PrivateKey::Parse(text);
  if (key.ok()) {
    return std::make_shared<const dkim::PrivateKey>(*std::move(key));
  }
  const std::string where =
      source.path.empty() ? "the key in the table" : source.path;
  return absl::Status(key.status().code(),
                      absl::StrCat(where, ": ", key.status().message()));
}

}  // namespace

KeyStore::KeyStore(Options options, const Clock& clock)
    : clock_(clock), options_(options) {}

KeyStore::Mark KeyStore::MarkOf(const std::string& path) {
  struct stat facts;
  if (path.empty() || ::stat(path.c_str(), &facts) != 0) return {};
  return {facts.st_dev,  facts.st_ino,         facts.st_size,
          facts.st_mode, facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec};
}

absl::Time KeyStore::WrittenAt(const std::string& path) {
  struct stat facts;
  if (path.empty() || ::stat(path.c_str(), &facts) != 0) {
    return absl::InfiniteFuture();
  }
  return absl::FromUnixSeconds(facts.st_mtim.tv_sec);
}

KeyStore::Key KeyStore::Fresh(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  const auto place = entries_.find(name);
  if (place == entries_.end()) return nullptr;
  const absl::Duration age = clock_.Now() - place->second.checked;
  const bool is_fresh = age >= absl::ZeroDuration() && age < options_.recheck;
  return is_fresh ? place->second.key : nullptr;
}

net::Task<absl::StatusOr<KeyStore::Key>> KeyStore::Find(
    dkim::KeySource source) {
  Key fresh = Fresh(NameOf(source));
  if (fresh) co_return fresh;
  co_return co_await net::Blocking([&] { return Load(source); });
}

absl::StatusOr<KeyStore::Key> KeyStore::Load(const dkim::KeySource& source) {
  const std::string& name = NameOf(source);
  // Looked at before the file is read: a change in between is seen next time.
  const Mark mark = MarkOf(source.path);
  bool safe = true;
  {
    absl::MutexLock lock(&mutex_);
    safe = options_.requires_safe_keys;
    const auto place = entries_.find(name);
    if (place != entries_.end() &&
        (place->second.mark == mark || place->second.refused == mark)) {
      place->second.checked = clock_.Now();
      return place->second.key;
    }
  }
  return Settle(name, mark, Read(source, safe));
}

absl::StatusOr<KeyStore::Key> KeyStore::Settle(const std::string& name,
                                               Mark mark,
                                               absl::StatusOr<Key> read) {
  absl::MutexLock lock(&mutex_);
  const auto [place, is_new] = entries_.try_emplace(name);
  if (!read.ok() && is_new) {
    entries_.erase(place);
    return read;
  }
  place->second.checked = clock_.Now();
  if (!read.ok()) {
    ++failed_changes_;
    place->second.refused = mark;
    log::Warning("key_change_refused", {{"error", read.status()}});
    return place->second.key;
  }
  place->second.key = *std::move(read);
  place->second.mark = mark;
  place->second.refused.reset();
  place->second.written = WrittenAt(mark == Mark() ? "" : name);
  const Key key = place->second.key;
  if (is_new) order_.push_back(name);
  if (order_.size() > options_.max_keys) {
    entries_.erase(order_.front());
    order_.pop_front();
  }
  return key;
}

void KeyStore::Replace(Options options) {
  absl::MutexLock lock(&mutex_);
  options_ = options;
}

size_t KeyStore::size() const {
  absl::MutexLock lock(&mutex_);
  return entries_.size();
}

absl::Duration KeyStore::OldestAge() const {
  absl::MutexLock lock(&mutex_);
  absl::Time oldest = absl::InfiniteFuture();
  for (const auto& [name, entry] : entries_) {
    oldest = std::min(oldest, entry.written);
  }
  if (oldest == absl::InfiniteFuture()) return absl::ZeroDuration();
  return std::max(absl::ZeroDuration(), clock_.Now() - oldest);
}

uint64_t KeyStore::failed_changes() const {
  absl::MutexLock lock(&mutex_);
  return failed_changes_;
}

}  // namespace postern::dkimd
