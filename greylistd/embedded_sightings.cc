#include "greylistd/embedded_sightings.h"

#include <optional>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "greylistd/digest.h"
#include "greylistd/records.h"
#include "lib/base/status_macros.h"

namespace postern::greylistd {
namespace {

constexpr char kTriplet = 't';
constexpr char kClient = 'c';

uint64_t HashOf(absl::string_view text) {
  return absl::Hash<absl::string_view>()(text);
}

// Makes the entry of a stored record; nullopt if it is none.
std::optional<Entry> EntryOf(absl::string_view key, const kv::Entry& stored) {
  Entry entry;
  if (key[0] == kTriplet) {
    const auto record = ParseTripletRecord(stored.value);
    if (!record) return std::nullopt;
    entry.kind = Entry::Kind::kTriplet;
    entry.triplet = *record;
  } else {
    const auto record = ParseClientRecord(stored.value);
    if (!record) return std::nullopt;
    entry.kind = Entry::Kind::kClient;
    entry.client = *record;
  }
  key.remove_prefix(1);
  if (key.empty() || key[0] != '#') entry.name = std::string(key);
  entry.expires = absl::ToUnixSeconds(stored.expires);
  return entry;
}

}  // namespace

EmbeddedSightings::EmbeddedSightings(std::unique_ptr<kv::Store> store,
                                     const Clock& clock, bool privacy)
    : store_(std::move(store)),
      clock_(clock),
      privacy_(privacy),
      keys_(*store_),
      late_(*store_, keys_),
      stripes_(kStripes) {}

std::string EmbeddedSightings::Key(char kind, absl::string_view name) const {
  std::string key;
  key.reserve(name.size() + 1);
  key += kind;
  if (privacy_) {
    absl::StrAppend(&key, "#", ShortDigest(name));
  } else {
    key.append(name.data(), name.size());
  }
  return key;
}

EmbeddedSightings::Stripe& EmbeddedSightings::StripeOf(uint64_t network) {
  // Other bits than PendingCounts uses.
  return stripes_[(network >> 32) % kStripes];
}

absl::StatusOr<std::optional<std::string>> EmbeddedSightings::Get(
    const std::string& key) const {
  std::optional<std::string> late = late_.Find(key);
  if (late) return late;
  if (!keys_.MayHave(key)) return std::optional<std::string>();
  return store_->Get(key);
}

absl::StatusOr<std::optional<TripletRecord>> EmbeddedSightings::FindTriplet(
    const std::string& triplet) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                   Get(Key(kTriplet, triplet)));
  if (!stored) return std::optional<TripletRecord>();
  return ParseTripletRecord(*stored);
}

absl::StatusOr<std::optional<ClientRecord>> EmbeddedSightings::FindClient(
    const std::string& client) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                   Get(Key(kClient, client)));
  if (!stored) return std::optional<ClientRecord>();
  return ParseClientRecord(*stored);
}

absl::Status EmbeddedSightings::Keep(const Names& names, const Terms& terms,
                                     const Records& change) {
  kv::Batch batch;
  std::string triplet;
  std::string client;
  if (change.triplet) {
    triplet = Key(kTriplet, names.triplet);
    const std::string text = RecordText(*change.triplet, "");
    const absl::Time expires =
        absl::FromUnixSeconds(ExpiryOf(*change.triplet, terms));
    // A first attempt that is lost in a crash only has to be made again.
    const bool may_be_late = !change.triplet->passed && !change.client;
    if (may_be_late && late_.Put(triplet, text, expires)) {
      return absl::OkStatus();
    }
    late_.Withdraw(triplet);
    batch.Put(triplet, text, expires);
  }
  if (change.client) {
    client = Key(kClient, names.client);
    batch.Put(client, RecordText(*change.client, ""),
              absl::FromUnixSeconds(ExpiryOf(*change.client, terms)));
  }
  const absl::Status status = store_->Write(std::move(batch));
  if (!triplet.empty()) keys_.Add(triplet);
  if (!client.empty()) keys_.Add(client);
  return status;
}

absl::StatusOr<Outcome> EmbeddedSightings::SeeNow(const Names& names,
                                                  const Terms& terms) {
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  const uint64_t network = HashOf(names.network);
  Stripe& stripe = StripeOf(network);
  absl::MutexLock lock(&stripe.mutex);
  Records known;
  ASSIGN_OR_RETURN(known.triplet, FindTriplet(names.triplet));
  if (known.triplet && IsFreshlyKnown(*known.triplet, terms, now)) {
    return Outcome{Outcome::Kind::kKnown, 0, false};
  }
  ASSIGN_OR_RETURN(known.client, FindClient(names.client));
  known.pending = stripe.pending.Find(network, now);
  Records change;
  const Outcome outcome = Decide(known, terms, now, change);
  if (change.triplet || change.client) {
    RETURN_IF_ERROR(Keep(names, terms, change));
  }
  if (change.pending) stripe.pending.Set(network, *change.pending, now);
  return outcome;
}

net::Task<absl::StatusOr<Outcome>> EmbeddedSightings::See(const Names& names,
                                                          const Terms& terms,
                                                          net::Deadline) {
  co_return SeeNow(names, terms);
}

net::Task<absl::StatusOr<Records>> EmbeddedSightings::Peek(const Names& names,
                                                           net::Deadline) {
  const uint64_t network = HashOf(names.network);
  Stripe& stripe = StripeOf(network);
  absl::MutexLock lock(&stripe.mutex);
  Records known;
  CO_ASSIGN_OR_RETURN(known.triplet, FindTriplet(names.triplet));
  CO_ASSIGN_OR_RETURN(known.client, FindClient(names.client));
  known.pending =
      stripe.pending.Find(network, absl::ToUnixSeconds(clock_.Now()));
  co_return known;
}

net::Task<absl::StatusOr<Page>> EmbeddedSightings::List(std::string cursor,
                                                        size_t limit,
                                                        net::Deadline) {
  // The cursor is the last key shown. Clients come first, then triplets.
  Page page;
  CO_RETURN_IF_ERROR(late_.Flush());
  const absl::string_view kinds = "ct";
  for (const char kind : kinds) {
    if (!cursor.empty() && cursor[0] > kind) continue;
    std::string last;
    CO_RETURN_IF_ERROR(store_->ForEach(
        absl::string_view(&kind, 1),
        [&](absl::string_view key, const kv::Entry& stored) {
          std::optional<Entry> entry = EntryOf(key, stored);
          if (entry) page.entries.push_back(*std::move(entry));
          last = std::string(key);
          return page.entries.size() < limit;
        },
        cursor.empty() || cursor[0] < kind ? "" : cursor));
    if (page.entries.size() >= limit) {
      page.cursor = last;
      break;
    }
  }
  co_return page;
}

net::Task<absl::Status> EmbeddedSightings::Remember(Entry entry,
                                                    net::Deadline) {
  const bool is_triplet = entry.kind == Entry::Kind::kTriplet;
  const std::string key = Key(is_triplet ? kTriplet : kClient, entry.name);
  absl::MutexLock lock(&StripeOf(HashOf(entry.network)).mutex);
  late_.Withdraw(key);
  const absl::Status status = store_->Put(
      key,
      is_triplet ? RecordText(entry.triplet, "") : RecordText(entry.client, ""),
      absl::FromUnixSeconds(entry.expires));
  keys_.Add(key);
  co_return status;
}

net::Task<absl::Status> EmbeddedSightings::Forget(Entry::Kind kind,
                                                  std::string network,
                                                  std::string name,
                                                  net::Deadline) {
  const std::string key =
      Key(kind == Entry::Kind::kTriplet ? kTriplet : kClient, name);
  absl::MutexLock lock(&StripeOf(HashOf(network)).mutex);
  late_.Withdraw(key);
  co_return store_->Delete(key);
}

absl::Status EmbeddedSightings::Healthy() const { return store_->Healthy(); }

}  // namespace postern::greylistd
