#include "mta/tls_report/local_counts.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/base/status_macros.h"
#include "lib/net/runtime.h"

namespace postern::mta::tls_report {
namespace {

// Counts are few and small.
constexpr size_t kMemoryBytes = 4 << 20;

std::string PrefixOf(absl::CivilDay day) {
  return absl::StrCat(NameOf(day), "/");
}

std::string KeyOf(const Subject& subject) {
  return absl::StrCat(PrefixOf(subject.day), subject.domain);
}

KindCounts CountsIn(const report::v1::TlsCounts& record) {
  KindCounts counts;
  for (const report::v1::TlsCounts::Counted& one : record.counted()) {
    AddTo(counts, one.kind(), one.sessions(), {.kinds = SIZE_MAX});
  }
  return counts;
}

void PutCounts(const KindCounts& counts, report::v1::TlsCounts& record) {
  record.clear_counted();
  for (const auto& [kind, sessions] : counts) {
    report::v1::TlsCounts::Counted& one = *record.add_counted();
    one.set_kind(kind);
    one.set_sessions(sessions);
  }
}

uint64_t SessionsIn(const KindCounts& counts) {
  uint64_t sum = 0;
  for (const auto& [kind, sessions] : counts) sum += sessions;
  return sum;
}

}  // namespace

absl::StatusOr<std::unique_ptr<LocalCounts>> LocalCounts::Open(
    const std::string& directory, TallyLimits limits, const Clock& clock) {
  kv::Options options;
  options.directory = directory;
  options.memory_bytes = kMemoryBytes;
  ASSIGN_OR_RETURN(std::unique_ptr<kv::Store> store,
                   kv::Store::Open(std::move(options), clock));
  return std::unique_ptr<LocalCounts>(
      new LocalCounts(std::move(store), limits, clock));
}

absl::Status LocalCounts::Change(
    const Subject& subject,
    const std::function<bool(report::v1::TlsCounts&)>& change) {
  const std::string key = KeyOf(subject);
  const absl::string_view keys[] = {key};
  const absl::Time expires = clock_.Now() + kKeptFor;
  return store_->Update(keys, [&](kv::Found found, kv::Batch& batch) {
    report::v1::TlsCounts record;
    // What does not parse counts as not there.
    if (found[0] &&
        !record.ParseFromArray(found[0]->value.data(),
                               static_cast<int>(found[0]->value.size()))) {
      record.Clear();
    }
    if (change(record)) batch.Put(key, record.SerializeAsString(), expires);
  });
}

absl::StatusOr<bool> LocalCounts::HasRoom(const Subject& subject) {
  {
    absl::MutexLock lock(&mutex_);
    const auto known = domains_.find(subject.day);
    if (known != domains_.end()) {
      return known->second.count(subject.domain) > 0 ||
             known->second.size() < limits_.domains;
    }
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> stored,
                   DomainsNow(subject.day));
  absl::MutexLock lock(&mutex_);
  // Nobody adds to days that are over for long.
  domains_.erase(domains_.begin(), domains_.lower_bound(subject.day - 3));
  domains_[subject.day].insert(stored.begin(), stored.end());
  return stored.size() < limits_.domains ||
         domains_[subject.day].count(subject.domain) > 0;
}

absl::StatusOr<Losses> LocalCounts::AddNow(const Subject& subject,
                                           const KindCounts& counts) {
  Losses losses;
  ASSIGN_OR_RETURN(const bool has_room, HasRoom(subject));
  if (!has_room) {
    losses[Counted::kTooManyDomains] = SessionsIn(counts);
    return losses;
  }
  RETURN_IF_ERROR(Change(subject, [&](report::v1::TlsCounts& record) {
    if (record.is_finished()) {
      losses[Counted::kTooLate] = SessionsIn(counts);
      return false;
    }
    KindCounts sum = CountsIn(record);
    for (const auto& [kind, sessions] : counts) {
      const Counted counted = AddTo(sum, kind, sessions, limits_);
      if (counted != Counted::kYes) losses[counted] += sessions;
    }
    PutCounts(sum, record);
    return true;
  }));
  absl::MutexLock lock(&mutex_);
  domains_[subject.day].insert(subject.domain);
  return losses;
}

absl::StatusOr<std::vector<std::string>> LocalCounts::DomainsNow(
    absl::CivilDay day) {
  const std::string prefix = PrefixOf(day);
  std::vector<std::string> domains;
  RETURN_IF_ERROR(store_->ForEach(
      prefix, [&](absl::string_view key, const kv::Entry& entry) {
        report::v1::TlsCounts record;
        if (record.ParseFromArray(entry.value.data(),
                                  static_cast<int>(entry.value.size())) &&
            !record.is_finished()) {
          domains.emplace_back(key.substr(prefix.size()));
        }
        return true;
      }));
  return domains;
}

net::Task<absl::StatusOr<Losses>> LocalCounts::Add(Subject subject,
                                                   KindCounts counts) {
  absl::StatusOr<Losses> losses = co_await net::Blocking(
      [this, &subject, &counts] { return AddNow(subject, counts); });
  co_return losses;
}

net::Task<absl::StatusOr<std::vector<std::string>>> LocalCounts::DomainsOf(
    absl::CivilDay day) {
  absl::StatusOr<std::vector<std::string>> domains =
      co_await net::Blocking([this, day] { return DomainsNow(day); });
  co_return domains;
}

net::Task<absl::StatusOr<std::optional<Claimed>>> LocalCounts::Claim(
    Subject subject, absl::Duration term) {
  const absl::Time now = clock_.Now();
  std::optional<Claimed> claimed;
  const auto claim = [&](report::v1::TlsCounts& record) {
    // A claim that ends later than any does is of a clock that was wrong.
    const absl::Time until = absl::FromUnixMicros(record.claimed_until_us());
    if (record.is_finished() || (until > now && until <= now + term)) {
      return false;
    }
    record.set_claimed_until_us(absl::ToUnixMicros(now + term));
    claimed.emplace();
    claimed->counts = CountsIn(record);
    claimed->sent_to.insert(record.sent_to().begin(), record.sent_to().end());
    return true;
  };
  const absl::Status status = co_await net::Blocking(
      [this, &subject, &claim] { return Change(subject, claim); });
  CO_RETURN_IF_ERROR(status);
  co_return claimed;
}

net::Task<absl::Status> LocalCounts::NoteSent(Subject subject,
                                              std::string where) {
  const auto note = [&where](report::v1::TlsCounts& record) {
    record.add_sent_to(where);
    return !record.is_finished();
  };
  absl::Status status = co_await net::Blocking(
      [this, &subject, &note] { return Change(subject, note); });
  co_return status;
}

net::Task<absl::Status> LocalCounts::Finish(Subject subject) {
  const auto finish = [](report::v1::TlsCounts& record) {
    record.Clear();
    record.set_is_finished(true);
    return true;
  };
  absl::Status status = co_await net::Blocking(
      [this, &subject, &finish] { return Change(subject, finish); });
  co_return status;
}

}  // namespace postern::mta::tls_report
