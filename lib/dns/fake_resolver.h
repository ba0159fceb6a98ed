// A resolver for tests: it knows what a zone text says and nothing else.
//
//   FakeResolver dns(R"(
//     example.org          MX    10 mx.example.org
//     mx.example.org       A     192.0.2.1
//     example.org          TXT   "v=spf1 mx " "-all"
//     www.example.org      CNAME example.org
//     slow.example.org     TIMEOUT
//     broken.example.org   SERVFAIL
//     signed.example.org   A     192.0.2.2 ; secure
//     _dmarc.example.org   TXT   SERVFAIL
//   )");
//
// A name that has no record and none below it does not exist. SERVFAIL and
// TIMEOUT in place of the type are for all types of the name, in place of the
// data for that type. The form is in lib/testing/zone.h; a text with an error
// ends the test.
//
// Threads: locks internally.

#ifndef POSTERN_LIB_DNS_FAKE_RESOLVER_H_
#define POSTERN_LIB_DNS_FAKE_RESOLVER_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "lib/dns/resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"
#include "lib/testing/zone.h"

namespace postern::dns {

class FakeResolver final : public Resolver {
 public:
  explicit FakeResolver(absl::string_view zone = "");

  // Answers at once; a TIMEOUT does not wait.
  net::Task<absl::StatusOr<Answer>> Resolve(std::string name, Type type,
                                            net::Deadline deadline) override;

  // The same without a task.
  absl::StatusOr<Answer> Find(absl::string_view name, Type type);

  // Adds to the zone, or replaces all of it.
  void Add(absl::string_view zone);
  void Reset(absl::string_view zone);

  // What was asked, as "example.org MX", in order.
  std::vector<std::string> questions() const;

 private:
  absl::StatusOr<Answer> Follow(std::string name, Type type) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::vector<testing::ZoneRecord> zone_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> questions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_FAKE_RESOLVER_H_
