#include "lib/dns/fake_resolver.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

using testing::ZoneRecord;

constexpr int kMaxCnames = 10;
constexpr absl::Duration kTtl = absl::Minutes(5);

[[noreturn]] void Die(absl::string_view what) {
  std::fprintf(stderr, "FakeResolver: %s\n", std::string(what).c_str());
  std::abort();
}

std::vector<ZoneRecord> MustParse(absl::string_view zone) {
  absl::StatusOr<std::vector<ZoneRecord>> records = testing::ParseZone(zone);
  if (!records.ok()) Die(records.status().ToString());
  return *std::move(records);
}

template <typename Number>
Number MustNumber(const std::string& text) {
  uint32_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) Die(absl::StrCat(text, ": no number"));
  return static_cast<Number>(number);
}

net::IpAddress MustAddress(const std::string& text) {
  const absl::StatusOr<net::IpAddress> address = net::IpAddress::Parse(text);
  if (!address.ok()) Die(address.status().ToString());
  return *address;
}

Record ToRecord(Type type, const std::vector<std::string>& data) {
  const auto word = [&data](size_t i) {
    if (i >= data.size()) Die("a record has too few words");
    return data[i];
  };
  switch (type) {
    case Type::kA:
    case Type::kAaaa:
      return MustAddress(word(0));
    case Type::kMx:
      return Mx{MustNumber<uint16_t>(word(0)), Normalized(word(1))};
    case Type::kPtr:
      return Ptr{Normalized(word(0))};
    case Type::kCname:
      return Cname{Normalized(word(0))};
    case Type::kNs:
      return Ns{Normalized(word(0))};
    case Type::kSoa:
      return Soa{Normalized(word(0))};
    case Type::kSrv:
      return Srv{MustNumber<uint16_t>(word(0)), MustNumber<uint16_t>(word(1)),
                 MustNumber<uint16_t>(word(2)), Normalized(word(3))};
    case Type::kTlsa:
      return Tlsa{MustNumber<uint8_t>(word(0)), MustNumber<uint8_t>(word(1)),
                  MustNumber<uint8_t>(word(2)),
                  absl::HexStringToBytes(word(3))};
    case Type::kTxt:
      break;
  }
  return Txt{data};
}

// Returns the error that a record stands for.
std::optional<absl::Status> Failure(const ZoneRecord& record) {
  const std::string& marker =
      record.data.size() == 1 ? record.data[0] : record.type;
  for (const std::string& text : {record.type, marker}) {
    if (text == "SERVFAIL") {
      return absl::UnavailableError(absl::StrCat(record.name, ": SERVFAIL"));
    }
    if (text == "TIMEOUT") {
      return absl::DeadlineExceededError(
          absl::StrCat(record.name, ": no answer in time"));
    }
  }
  return std::nullopt;
}

bool IsAtOrBelow(const std::string& name, const std::string& top) {
  return name == top || absl::EndsWith(name, absl::StrCat(".", top));
}

}  // namespace

FakeResolver::FakeResolver(absl::string_view zone) : zone_(MustParse(zone)) {}

net::Task<absl::StatusOr<Answer>> FakeResolver::Resolve(std::string name,
                                                        Type type,
                                                        net::Deadline) {
  co_return Find(name, type);
}

absl::StatusOr<Answer> FakeResolver::Find(absl::string_view name, Type type) {
  const std::string normalized = Normalized(name);
  absl::MutexLock lock(&mutex_);
  questions_.push_back(absl::StrCat(normalized, " ", TypeName(type)));
  if (!IsDomainName(name)) {
    return Answer{.outcome = Answer::Outcome::kNxDomain,
                  .ttl = kTtl,
                  .canonical_name = normalized};
  }
  return Follow(normalized, type);
}

absl::StatusOr<Answer> FakeResolver::Follow(std::string name, Type type) const {
  Answer answer{.secure = true, .ttl = kTtl};
  for (int links = 0; links <= kMaxCnames; ++links) {
    answer.outcome = Answer::Outcome::kNxDomain;
    answer.canonical_name = name;
    bool is_secure = false;
    const ZoneRecord* cname = nullptr;
    for (const ZoneRecord& record : zone_) {
      if (!IsAtOrBelow(record.name, name)) continue;
      if (answer.outcome == Answer::Outcome::kNxDomain) {
        answer.outcome = Answer::Outcome::kNoData;
      }
      const bool is_all_types =
          record.type == "SERVFAIL" || record.type == "TIMEOUT";
      const bool is_asked_for = record.type == TypeName(type) || is_all_types;
      if (record.name != name) continue;
      is_secure = record.secure;
      if (record.type == "CNAME") cname = &record;
      if (!is_asked_for) continue;
      const std::optional<absl::Status> failure = Failure(record);
      if (failure.has_value()) return *failure;
      answer.outcome = Answer::Outcome::kRecords;
      answer.records.push_back(ToRecord(type, record.data));
    }
    answer.secure = answer.secure && is_secure;
    if (cname == nullptr || type == Type::kCname) return answer;
    name = Normalized(cname->data.at(0));
  }
  return absl::UnavailableError(absl::StrCat(name, ": too many CNAMEs"));
}

void FakeResolver::Add(absl::string_view zone) {
  std::vector<ZoneRecord> records = MustParse(zone);
  absl::MutexLock lock(&mutex_);
  zone_.insert(zone_.end(), std::make_move_iterator(records.begin()),
               std::make_move_iterator(records.end()));
}

void FakeResolver::Reset(absl::string_view zone) {
  std::vector<ZoneRecord> records = MustParse(zone);
  absl::MutexLock lock(&mutex_);
  zone_ = std::move(records);
}

std::vector<std::string> FakeResolver::questions() const {
  absl::MutexLock lock(&mutex_);
  return questions_;
}

}  // namespace postern::dns
