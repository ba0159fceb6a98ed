// Sightings for tests: a map, the pure decision, and failure on demand.
//
// Threads: one at a time.

#ifndef POSTERN_GREYLISTD_FAKE_SIGHTINGS_H_
#define POSTERN_GREYLISTD_FAKE_SIGHTINGS_H_

#include <map>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "greylistd/sightings.h"
#include "lib/base/clock.h"

namespace postern::greylistd {

class FakeSightings final : public Sightings {
 public:
  explicit FakeSightings(const Clock& clock) : clock_(clock) {}

  // While not OK, this is what every call returns.
  absl::Status failure;
  int calls = 0;

  std::map<std::string, TripletRecord> triplets;
  std::map<std::string, ClientRecord> clients;
  std::map<std::string, PendingRecord> pending;
  std::map<std::string, int64_t> expires;  // Of what was Remember()ed.

  net::Task<absl::StatusOr<Outcome>> See(const Names& names, const Terms& terms,
                                         net::Deadline) override {
    ++calls;
    if (!failure.ok()) co_return failure;
    Records change;
    const Outcome outcome =
        Decide(Known(names), terms, absl::ToUnixSeconds(clock_.Now()), change);
    if (change.triplet) triplets[names.triplet] = *change.triplet;
    if (change.client) clients[names.client] = *change.client;
    if (change.pending) pending[names.network] = *change.pending;
    co_return outcome;
  }

  net::Task<absl::StatusOr<Records>> Peek(const Names& names,
                                          net::Deadline) override {
    if (!failure.ok()) co_return failure;
    co_return Known(names);
  }

  net::Task<absl::StatusOr<Page>> List(std::string, size_t,
                                       net::Deadline) override {
    if (!failure.ok()) co_return failure;
    Page page;
    for (const auto& [name, record] : clients) {
      page.entries.push_back({.kind = Entry::Kind::kClient,
                              .network = "",
                              .name = name,
                              .triplet = {},
                              .client = record});
    }
    for (const auto& [name, record] : triplets) {
      page.entries.push_back({.kind = Entry::Kind::kTriplet,
                              .network = "",
                              .name = name,
                              .triplet = record,
                              .client = {}});
    }
    co_return page;
  }

  net::Task<absl::Status> Remember(Entry entry, net::Deadline) override {
    if (!failure.ok()) co_return failure;
    if (entry.kind == Entry::Kind::kTriplet) {
      triplets[entry.name] = entry.triplet;
    } else {
      clients[entry.name] = entry.client;
    }
    expires[entry.name] = entry.expires;
    co_return absl::OkStatus();
  }

  net::Task<absl::Status> Forget(Entry::Kind kind, std::string,
                                 std::string name, net::Deadline) override {
    if (!failure.ok()) co_return failure;
    if (kind == Entry::Kind::kTriplet) {
      triplets.erase(name);
    } else {
      clients.erase(name);
    }
    co_return absl::OkStatus();
  }

  absl::Status Healthy() const override { return failure; }

 private:
  template <typename Map>
  static auto Find(const Map& map, const std::string& name)
      -> std::optional<typename Map::mapped_type> {
    const auto it = map.find(name);
    if (it == map.end()) return std::nullopt;
    return it->second;
  }

  Records Known(const Names& names) const {
    return {.triplet = Find(triplets, names.triplet),
            .client = Find(clients, names.client),
            .pending = Find(pending, names.network)};
  }

  const Clock& clock_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_FAKE_SIGHTINGS_H_
