#include "greylistd/redis_sightings.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "greylistd/records.h"
#include "greylistd/redis_script.h"
#include "lib/base/status_macros.h"
#include "lib/redis/reply.h"
#include "lib/redis/slot.h"

namespace postern::greylistd {
namespace {

constexpr char kTriplet = 't';
constexpr char kClient = 'c';
constexpr char kPending = 'p';
constexpr size_t kMaxValueBytes = 1024;
constexpr size_t kMaxKeyBytes = 512;
constexpr size_t kMaxScanned = 100'000;
constexpr int64_t kLongest = int64_t{1} << 40;  // Seconds.

absl::StatusOr<Outcome> ReadOutcome(const redis::Reply& reply) {
  ASSIGN_OR_RETURN(const absl::Span<const redis::Reply> parts,
                   reply.Array(3, 3));
  ASSIGN_OR_RETURN(
      const int64_t kind,
      parts[0].Integer(0, static_cast<int>(Outcome::Kind::kAllowedClient)));
  ASSIGN_OR_RETURN(const int64_t seconds, parts[1].Integer(0, kLongest));
  ASSIGN_OR_RETURN(const int64_t became_allowed, parts[2].Integer(0, 1));
  return Outcome{static_cast<Outcome::Kind>(kind), seconds,
                 became_allowed == 1};
}

// Returns the text, or nullopt where there is none.
std::optional<absl::string_view> TextOf(const redis::Reply& reply) {
  const absl::StatusOr<absl::string_view> text = reply.String(kMaxValueBytes);
  if (!text.ok()) return std::nullopt;
  return *text;
}

// Makes the entry of a stored value; nullopt if it is no triplet or client.
std::optional<Entry> EntryOf(absl::string_view value) {
  Entry entry;
  if (const auto triplet = ParseTripletRecord(value)) {
    entry.kind = Entry::Kind::kTriplet;
    entry.triplet = *triplet;
  } else if (const auto client = ParseClientRecord(value)) {
    entry.kind = Entry::Kind::kClient;
    entry.client = *client;
  } else {
    return std::nullopt;
  }
  entry.name = std::string(NameInRecord(value));
  return entry;
}

// Returns a key whose slot is in [first, last].
std::string KeyInSlots(int64_t first, int64_t last) {
  for (int i = 0;; ++i) {
    std::string key = absl::StrCat(i);
    const int64_t slot = redis::SlotOf(key);
    if (slot >= first && slot <= last) return key;
  }
}

}  // namespace

RedisSightings::RedisSightings(std::unique_ptr<redis::Client> client,
                               bool privacy, bool is_cluster)
    : client_(std::move(client)), privacy_(privacy), is_cluster_(is_cluster) {}

std::string RedisSightings::Key(char kind, absl::string_view network,
                                absl::string_view name) const {
  const std::array<absl::string_view, 2> parts = {absl::string_view(&kind, 1),
                                                  name};
  // A tag with a blank in it is hashed, so that it does not show the network.
  if (privacy_) return client_->MakeKey(absl::StrCat(network, " "), parts);
  return client_->MakeKey(network, parts);
}

net::Task<absl::StatusOr<Outcome>> RedisSightings::See(const Names& names,
                                                       const Terms& terms,
                                                       net::Deadline deadline) {
  const std::string triplet = Key(kTriplet, names.network, names.triplet);
  const std::string client = Key(kClient, names.network, names.client);
  const std::string pending = Key(kPending, names.network, names.network);
  const std::array<absl::string_view, 3> keys = {triplet, client, pending};
  const absl::AlphaNum delay(absl::ToInt64Seconds(terms.delay));
  const absl::AlphaNum retry_window(absl::ToInt64Seconds(terms.retry_window));
  const absl::AlphaNum max_age(absl::ToInt64Seconds(terms.max_age));
  const absl::AlphaNum touch(TouchInterval(terms));
  const absl::AlphaNum allow_after(terms.allow_after);
  const absl::AlphaNum max_pending(terms.max_pending);
  const absl::string_view none = "";
  const std::array<absl::string_view, 9> args = {
      delay.Piece(),
      retry_window.Piece(),
      max_age.Piece(),
      touch.Piece(),
      allow_after.Piece(),
      max_pending.Piece(),
      privacy_ ? none : absl::string_view(names.triplet),
      privacy_ ? none : absl::string_view(names.client),
      privacy_ ? none : absl::string_view(names.network)};
  CO_ASSIGN_OR_RETURN(const redis::Reply reply,
                      co_await client_->Run(SeeScript(), keys, args, deadline));
  co_return ReadOutcome(reply);
}

net::Task<absl::StatusOr<Records>> RedisSightings::Peek(
    const Names& names, net::Deadline deadline) {
  const std::string triplet = Key(kTriplet, names.network, names.triplet);
  const std::string client = Key(kClient, names.network, names.client);
  const std::string pending = Key(kPending, names.network, names.network);
  const std::array<absl::string_view, 4> command = {"MGET", triplet, client,
                                                    pending};
  CO_ASSIGN_OR_RETURN(const redis::Reply reply,
                      co_await client_->Command(command, triplet, deadline));
  CO_ASSIGN_OR_RETURN(const absl::Span<const redis::Reply> found,
                      reply.Array(3, 3));
  Records records;
  if (const auto text = TextOf(found[0])) {
    records.triplet = ParseTripletRecord(*text);
  }
  if (const auto text = TextOf(found[1])) {
    records.client = ParseClientRecord(*text);
  }
  if (const auto text = TextOf(found[2])) {
    records.pending = ParsePendingRecord(*text);
  }
  co_return records;
}

net::Task<absl::StatusOr<std::vector<std::string>>> RedisSightings::NodeKeys(
    net::Deadline deadline) {
  std::vector<std::string> keys;
  if (!is_cluster_) {
    keys.push_back("0");
    co_return keys;
  }
  const std::array<absl::string_view, 2> command = {"CLUSTER", "SLOTS"};
  CO_ASSIGN_OR_RETURN(const redis::Reply reply,
                      co_await client_->Command(command, "0", deadline));
  CO_ASSIGN_OR_RETURN(const absl::Span<const redis::Reply> ranges,
                      reply.Array(1, redis::kSlots));
  // Every range names its master; one range a master is enough.
  std::vector<std::string> masters;
  for (const redis::Reply& range : ranges) {
    CO_ASSIGN_OR_RETURN(const absl::Span<const redis::Reply> parts,
                        range.Array(3, 1000));
    CO_ASSIGN_OR_RETURN(const int64_t first,
                        parts[0].Integer(0, redis::kSlots - 1));
    CO_ASSIGN_OR_RETURN(const int64_t last,
                        parts[1].Integer(first, redis::kSlots - 1));
    CO_ASSIGN_OR_RETURN(const absl::Span<const redis::Reply> master,
                        parts[2].Array(2, 10));
    CO_ASSIGN_OR_RETURN(const absl::string_view host, master[0].String(255));
    CO_ASSIGN_OR_RETURN(const int64_t port, master[1].Integer(0, 65535));
    const std::string name = absl::StrCat(host, ":", port);
    if (std::find(masters.begin(), masters.end(), name) != masters.end()) {
      continue;
    }
    masters.push_back(name);
    keys.push_back(KeyInSlots(first, last));
  }
  co_return keys;
}

net::Task<absl::Status> RedisSightings::AppendEntry(std::string key, Page& page,
                                                    net::Deadline deadline) {
  const std::array<absl::string_view, 2> get = {"GET", key};
  CO_ASSIGN_OR_RETURN(const redis::Reply value,
                      co_await client_->Command(get, key, deadline));
  const std::array<absl::string_view, 2> pttl = {"TTL", key};
  CO_ASSIGN_OR_RETURN(const redis::Reply ttl,
                      co_await client_->Command(pttl, key, deadline));
  const auto text = TextOf(value);
  if (!text) co_return absl::OkStatus();
  std::optional<Entry> entry = EntryOf(*text);
  const absl::StatusOr<int64_t> seconds = ttl.Integer(0, kLongest);
  if (!entry || !seconds.ok()) co_return absl::OkStatus();
  entry->expires = absl::ToUnixSeconds(absl::Now()) + *seconds;
  page.entries.push_back(*std::move(entry));
  co_return absl::OkStatus();
}

net::Task<absl::StatusOr<Page>> RedisSightings::List(std::string cursor,
                                                     size_t limit,
                                                     net::Deadline deadline) {
  // The cursor is "<node's number>/<Redis' own cursor there>".
  size_t node = 0;
  std::string at = "0";
  if (!cursor.empty()) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(cursor, absl::MaxSplits('/', 1));
    if (!absl::SimpleAtoi(parts.first, &node)) {
      co_return absl::InvalidArgumentError("not a cursor of this store");
    }
    at = parts.second;
  }
  CO_ASSIGN_OR_RETURN(const std::vector<std::string> nodes,
                      co_await NodeKeys(deadline));
  Page page;
  if (node >= nodes.size()) co_return page;
  const std::string pattern = absl::StrCat(client_->key_prefix(), "*");
  const std::string count = absl::StrCat(limit);
  const std::array<absl::string_view, 6> scan = {"SCAN",  at,      "MATCH",
                                                 pattern, "COUNT", count};
  CO_ASSIGN_OR_RETURN(const redis::Reply reply,
                      co_await client_->Command(scan, nodes[node], deadline));
  CO_ASSIGN_OR_RETURN(const absl::Span<const redis::Reply> parts,
                      reply.Array(2, 2));
  CO_ASSIGN_OR_RETURN(const absl::string_view next, parts[0].String(32));
  CO_ASSIGN_OR_RETURN(const absl::Span<const redis::Reply> keys,
                      parts[1].Array(0, kMaxScanned));
  for (const redis::Reply& key : keys) {
    const absl::StatusOr<absl::string_view> text = key.String(kMaxKeyBytes);
    if (!text.ok()) continue;
    CO_RETURN_IF_ERROR(
        co_await AppendEntry(std::string(*text), page, deadline));
  }
  if (next != "0") {
    page.cursor = absl::StrCat(node, "/", next);
  } else if (node + 1 < nodes.size()) {
    page.cursor = absl::StrCat(node + 1, "/0");
  }
  co_return page;
}

net::Task<absl::Status> RedisSightings::Remember(Entry entry,
                                                 net::Deadline deadline) {
  const bool is_triplet = entry.kind == Entry::Kind::kTriplet;
  const absl::string_view name = privacy_ ? "" : absl::string_view(entry.name);
  const std::string key =
      Key(is_triplet ? kTriplet : kClient, entry.network, entry.name);
  const std::string value = is_triplet ? RecordText(entry.triplet, name)
                                       : RecordText(entry.client, name);
  const std::string expires = absl::StrCat(entry.expires);
  const std::array<absl::string_view, 5> command = {"SET", key, value, "EXAT",
                                                    expires};
  CO_ASSIGN_OR_RETURN(const redis::Reply reply,
                      co_await client_->Command(command, key, deadline));
  static_cast<void>(reply);
  co_return absl::OkStatus();
}

net::Task<absl::Status> RedisSightings::Forget(Entry::Kind kind,
                                               std::string network,
                                               std::string name,
                                               net::Deadline deadline) {
  const std::string key =
      Key(kind == Entry::Kind::kTriplet ? kTriplet : kClient, network, name);
  const std::array<absl::string_view, 2> command = {"DEL", key};
  CO_ASSIGN_OR_RETURN(const redis::Reply reply,
                      co_await client_->Command(command, key, deadline));
  static_cast<void>(reply);
  co_return absl::OkStatus();
}

absl::Status RedisSightings::Healthy() const { return client_->Healthy(); }

void RedisSightings::Close() { client_->Close(); }

}  // namespace postern::greylistd
