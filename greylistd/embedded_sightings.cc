#include "greylistd/embedded_sightings.h"

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "greylistd/digest.h"
#include "greylistd/records.h"
#include "lib/base/status_macros.h"

namespace postern::greylistd {
namespace {

constexpr char kTriplet = 't';
constexpr char kClient = 'c';
constexpr char kPending = 'p';

Records Parse(kv::Found found) {
  Records records;
  if (found[0]) records.triplet = ParseTripletRecord(found[0]->value);
  if (found[1]) records.client = ParseClientRecord(found[1]->value);
  if (found[2]) records.pending = ParsePendingRecord(found[2]->value);
  return records;
}

// Puts what has changed under the keys of triplet, client and network.
void Put(const Records& change, const Terms& terms,
         absl::Span<const absl::string_view> keys, kv::Batch& batch) {
  if (change.triplet) {
    batch.Put(keys[0], RecordText(*change.triplet, ""),
              absl::FromUnixSeconds(ExpiryOf(*change.triplet, terms)));
  }
  if (change.client) {
    batch.Put(keys[1], RecordText(*change.client, ""),
              absl::FromUnixSeconds(ExpiryOf(*change.client, terms)));
  }
  if (change.pending) {
    batch.Put(keys[2], RecordText(*change.pending, ""),
              absl::FromUnixSeconds(change.pending->until));
  }
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
    : store_(std::move(store)), clock_(clock), privacy_(privacy) {}

void EmbeddedSightings::AppendKey(char kind, absl::string_view name,
                                  std::string& out) const {
  out += kind;
  if (privacy_) {
    absl::StrAppend(&out, "#", ShortDigest(name));
  } else {
    out.append(name.data(), name.size());
  }
}

std::string EmbeddedSightings::Key(char kind, absl::string_view name) const {
  std::string key;
  AppendKey(kind, name, key);
  return key;
}

absl::StatusOr<Outcome> EmbeddedSightings::SeeNow(const Names& names,
                                                  const Terms& terms) {
  const int64_t now = absl::ToUnixSeconds(clock_.Now());
  // The three keys behind one another in one text.
  std::string text;
  text.reserve(names.triplet.size() + names.client.size() +
               names.network.size() + 3);
  AppendKey(kTriplet, names.triplet, text);
  const size_t client = text.size();
  AppendKey(kClient, names.client, text);
  const size_t pending = text.size();
  AppendKey(kPending, names.network, text);
  const absl::string_view all = text;
  const std::array<absl::string_view, 3> keys = {
      all.substr(0, client), all.substr(client, pending - client),
      all.substr(pending)};

  ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                   store_->Get(keys[0]));
  if (stored) {
    const auto record = ParseTripletRecord(*stored);
    if (record && IsFreshlyKnown(*record, terms, now)) {
      return Outcome{Outcome::Kind::kKnown, 0, false};
    }
  }
  Outcome outcome;
  RETURN_IF_ERROR(store_->Update(keys, [&](kv::Found found, kv::Batch& batch) {
    Records change;
    outcome = Decide(Parse(found), terms, now, change);
    Put(change, terms, keys, batch);
  }));
  return outcome;
}

net::Task<absl::StatusOr<Outcome>> EmbeddedSightings::See(const Names& names,
                                                          const Terms& terms,
                                                          net::Deadline) {
  co_return SeeNow(names, terms);
}

net::Task<absl::StatusOr<Records>> EmbeddedSightings::Peek(const Names& names,
                                                           net::Deadline) {
  Records records;
  CO_ASSIGN_OR_RETURN(const std::optional<std::string> triplet,
                      store_->Get(Key(kTriplet, names.triplet)));
  if (triplet) records.triplet = ParseTripletRecord(*triplet);
  CO_ASSIGN_OR_RETURN(const std::optional<std::string> client,
                      store_->Get(Key(kClient, names.client)));
  if (client) records.client = ParseClientRecord(*client);
  CO_ASSIGN_OR_RETURN(const std::optional<std::string> pending,
                      store_->Get(Key(kPending, names.network)));
  if (pending) records.pending = ParsePendingRecord(*pending);
  co_return records;
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
  const bool is_triplet = entry.kind == Entry::Kind::kTriplet;
  co_return store_->Put(
      Key(is_triplet ? kTriplet : kClient, entry.name),
      is_triplet ? RecordText(entry.triplet, "") : RecordText(entry.client, ""),
      absl::FromUnixSeconds(entry.expires));
}

net::Task<absl::Status> EmbeddedSightings::Forget(Entry::Kind kind,
                                                  std::string /*network*/,
                                                  std::string name,
                                                  net::Deadline) {
  co_return store_->Delete(
      Key(kind == Entry::Kind::kTriplet ? kTriplet : kClient, name));
}

absl::Status EmbeddedSightings::Healthy() const { return store_->Healthy(); }

}  // namespace postern::greylistd
