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
      stripes_(kStripes) {}

absl::StatusOr<std::unique_ptr<EmbeddedSightings>> EmbeddedSightings::Create(
    std::unique_ptr<kv::Store> store, const Clock& clock, bool privacy) {
  std::unique_ptr<EmbeddedSightings> sightings(
      new EmbeddedSightings(std::move(store), clock, privacy));
  RETURN_IF_ERROR(
      sightings->store_->ForEach(absl::string_view(&kClient, 1),
                                 [&](absl::string_view key, const kv::Entry&) {
                                   sightings->clients_.Add(HashOf(key));
                                   return true;
                                 }));
  return sightings;
}

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

absl::StatusOr<std::optional<ClientRecord>> EmbeddedSightings::FindClient(
    const std::string& client) {
  const std::string key = Key(kClient, client);
  if (!clients_.MayHave(HashOf(key))) return std::optional<ClientRecord>();
  ASSIGN_OR_RETURN(const std::optional<std::string> stored, store_->Get(key));
  if (!stored) return std::optional<ClientRecord>();
  return ParseClientRecord(*stored);
}

absl::StatusOr<std::optional<TripletRecord>> EmbeddedSightings::FindTriplet(
    const std::string& triplet) {
  ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                   store_->Get(Key(kTriplet, triplet)));
  if (!stored) return std::optional<TripletRecord>();
  return ParseTripletRecord(*stored);
}

absl::Status EmbeddedSightings::Keep(const Names& names, const Terms& terms,
                                     const Records& change) {
  kv::Batch batch;
  if (change.triplet) {
    batch.Put(Key(kTriplet, names.triplet), RecordText(*change.triplet, ""),
              absl::FromUnixSeconds(ExpiryOf(*change.triplet, terms)));
  }
  if (change.client) {
    const std::string key = Key(kClient, names.client);
    clients_.Add(HashOf(key));
    batch.Put(key, RecordText(*change.client, ""),
              absl::FromUnixSeconds(ExpiryOf(*change.client, terms)));
  }
  return store_->Write(std::move(batch));
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
  const absl::Time expires = absl::FromUnixSeconds(entry.expires);
  absl::MutexLock lock(&StripeOf(HashOf(entry.network)).mutex);
  if (entry.kind == Entry::Kind::kTriplet) {
    co_return store_->Put(Key(kTriplet, entry.name),
                          RecordText(entry.triplet, ""), expires);
  }
  const std::string key = Key(kClient, entry.name);
  clients_.Add(HashOf(key));
  co_return store_->Put(key, RecordText(entry.client, ""), expires);
}

net::Task<absl::Status> EmbeddedSightings::Forget(Entry::Kind kind,
                                                  std::string network,
                                                  std::string name,
                                                  net::Deadline) {
  absl::MutexLock lock(&StripeOf(HashOf(network)).mutex);
  co_return store_->Delete(
      Key(kind == Entry::Kind::kTriplet ? kTriplet : kClient, name));
}

absl::Status EmbeddedSightings::Healthy() const { return store_->Healthy(); }

}  // namespace postern::greylistd
