// Where the results of address probes are kept: address_verify_map.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<VerifyStore> store,
//                    VerifyStore::Open(directory, clock));
//   store->Put("a@example.org", record, expires);
//
// With a directory they are in an embedded store there and survive a restart;
// without, in memory.
//
// Errors:  Open() returns what the store could not open. Later trouble is
//          logged, and counts as knowing nothing: the address is probed again.
// Threads: any.
// Limits:  in memory kMaxRecords addresses; when it is full it begins anew. On
//          disk what has not expired; a text is cut at 500 bytes.

#ifndef POSTERN_MTA_RESTRICTIONS_VERIFY_STORE_H_
#define POSTERN_MTA_RESTRICTIONS_VERIFY_STORE_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "mta/restrictions/verify_record.h"

namespace postern::mta::restrictions {

class VerifyStore {
 public:
  static constexpr size_t kMaxRecords = 100'000;

  // `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<VerifyStore>> Open(
      const std::string& directory, const Clock& clock);
  virtual ~VerifyStore() = default;

  // Returns what was put last, nullopt: nothing, or `expires` has passed.
  virtual std::optional<VerifyRecord> Get(const std::string& address) const = 0;
  virtual void Put(const std::string& address, const VerifyRecord& record,
                   absl::Time expires) = 0;
};

// The stored form: "1 deliverable 1700000000 text". InvalidArgument: it is not.
std::string FormatVerifyRecord(const VerifyRecord& record);
absl::StatusOr<VerifyRecord> ParseVerifyRecord(absl::string_view text);

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_VERIFY_STORE_H_
