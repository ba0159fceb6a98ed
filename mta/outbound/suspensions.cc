#include "mta/outbound/suspensions.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "mta/outbound/destination_pattern.h"
#include "proto/spool/v1/suspensions.pb.h"

namespace postern::mta::outbound {
namespace {

constexpr size_t kLongestPattern = 256;

std::string Serialize(const std::vector<Suspension>& all) {
  spool::v1::Suspensions stored;
  for (const Suspension& suspension : all) {
    spool::v1::Suspension& one = *stored.add_suspensions();
    one.set_pattern(suspension.pattern);
    one.set_reason(suspension.reason);
    one.set_since_us(absl::ToUnixMicros(suspension.since));
    if (suspension.until != absl::InfiniteFuture()) {
      one.set_until_us(absl::ToUnixMicros(suspension.until));
    }
  }
  return stored.SerializeAsString();
}

absl::StatusOr<std::vector<Suspension>> Parse(const std::string& file) {
  const absl::StatusOr<std::string> bytes = ReadFile(file);
  if (absl::IsNotFound(bytes.status())) return std::vector<Suspension>();
  RETURN_IF_ERROR(bytes.status());
  spool::v1::Suspensions stored;
  if (!stored.ParseFromString(*bytes)) {
    return absl::DataLossError(absl::StrCat(file, ": is damaged"));
  }
  std::vector<Suspension> all;
  for (const spool::v1::Suspension& one : stored.suspensions()) {
    all.push_back({.pattern = one.pattern(),
                   .since = absl::FromUnixMicros(one.since_us()),
                   .until = one.has_until_us()
                                ? absl::FromUnixMicros(one.until_us())
                                : absl::InfiniteFuture(),
                   .reason = one.reason()});
  }
  return all;
}

}  // namespace

absl::Status Suspensions::Open(std::string file) {
  ASSIGN_OR_RETURN(std::vector<Suspension> all, Parse(file));
  absl::MutexLock lock(&mutex_);
  file_ = std::move(file);
  all_ = std::move(all);
  has_some_ = !all_.empty();
  return absl::OkStatus();
}

absl::Status Suspensions::Add(Suspension suspension) {
  suspension.pattern = absl::AsciiStrToLower(suspension.pattern);
  suspension.reason = Printable(suspension.reason, kLongestReason);
  if (suspension.pattern.empty() ||
      suspension.pattern.size() > kLongestPattern ||
      Printable(suspension.pattern) != suspension.pattern) {
    return absl::InvalidArgumentError("the destination is not one");
  }
  absl::MutexLock lock(&mutex_);
  std::vector<Suspension> all;
  for (const Suspension& old : all_) {
    const bool is_over = old.until <= suspension.since;
    if (!is_over && old.pattern != suspension.pattern) all.push_back(old);
  }
  if (all.size() >= kMost) {
    return absl::ResourceExhaustedError("too many destinations are suspended");
  }
  all.push_back(std::move(suspension));
  return Replace(std::move(all));
}

absl::StatusOr<size_t> Suspensions::Remove(absl::string_view pattern) {
  const std::string wanted = absl::AsciiStrToLower(pattern);
  absl::MutexLock lock(&mutex_);
  std::vector<Suspension> left;
  absl::c_copy_if(all_, std::back_inserter(left),
                  [&](const Suspension& one) { return one.pattern != wanted; });
  const size_t count = all_.size() - left.size();
  if (count > 0) RETURN_IF_ERROR(Replace(std::move(left)));
  return count;
}

absl::StatusOr<size_t> Suspensions::RemoveAll() {
  absl::MutexLock lock(&mutex_);
  const size_t count = all_.size();
  RETURN_IF_ERROR(Replace({}));
  return count;
}

absl::Status Suspensions::Replace(std::vector<Suspension> all) {
  if (!file_.empty()) RETURN_IF_ERROR(WriteFile(file_, Serialize(all)));
  all_ = std::move(all);
  has_some_ = !all_.empty();
  return absl::OkStatus();
}

std::optional<Suspension> Suspensions::Find(
    absl::string_view domain, const std::vector<std::string>& hosts,
    absl::Time now) const {
  if (!has_some_.load(std::memory_order_relaxed)) return std::nullopt;
  absl::MutexLock lock(&mutex_);
  for (const Suspension& suspension : all_) {
    if (now < suspension.until &&
        MatchesDestination(suspension.pattern, domain, hosts)) {
      return suspension;
    }
  }
  return std::nullopt;
}

std::vector<Suspension> Suspensions::List(absl::Time now) const {
  absl::MutexLock lock(&mutex_);
  std::vector<Suspension> all;
  absl::c_copy_if(all_, std::back_inserter(all),
                  [now](const Suspension& one) { return now < one.until; });
  return all;
}

}  // namespace postern::mta::outbound
