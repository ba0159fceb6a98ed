// Verifies the DKIM signatures of one message.
//
//   Verifier verifier(message, settings, finder, clock);   // header complete
//   …the body streams into `message`…
//   std::vector<SignatureResult> results = co_await verifier.Finish(deadline);
//
// There is one result for each signature, in their order, or one of kNone. Only
// so many signatures are looked at, those of the author's domain first; a
// signature whose text is wrong costs nothing and does not count (DK-07).
//
// Source:  RFC 6376 section 6, RFC 8301, RFC 8463, RFC 8616.
// Errors:  none: what could not be found out is a kTempError.
// Threads: one at a time. Message, settings, finder and clock
//          must outlive it.
// Limits:  the settings; 100 signatures have a result, more are not seen.

#ifndef POSTERN_LIB_DKIM_VERIFIER_H_
#define POSTERN_LIB_DKIM_VERIFIER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/dkim/key_finder.h"
#include "lib/dkim/message.h"
#include "lib/dkim/result.h"
#include "lib/dkim/signature.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"

namespace postern::dkim {

struct VerifierSettings {
  size_t max_signatures = 10;
  int min_key_bits = 1024;  // Of RSA.
  absl::Duration clock_drift = absl::Minutes(5);
  // How much of the body a signature with l= must cover; 100: all of it, 0: as
  // much as it likes (DK-03).
  int min_signed_percent = 100;
  // Fields that a signature must cover if the message has them. From always is;
  // so is Content-Type where a part of the body is not signed.
  std::vector<std::string> must_be_signed = {};
  // Fields that make a kPolicy of a signature if they stand more often than it
  // says; others only appear in added_fields (DK-05).
  std::vector<std::string> must_not_be_added = {"From"};
};

class Verifier {
 public:
  Verifier(Message& message, const VerifierSettings& settings,
           KeyFinder& finder, const Clock& clock);
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;

  bool has_signatures() const { return !checks_.empty(); }

  // Says what became of each signature, after the last of the body. Once; ends
  // by the deadline or soon after: keys take a while to work out.
  net::Task<std::vector<SignatureResult>> Finish(net::Deadline deadline);

 private:
  struct Check {
    size_t field = 0;  // Of the header.
    Signature signature;
    SignatureResult result;
    size_t body_hash = 0;  // In the message's bodies.
    bool is_chosen = false;
  };

  void AddSignature(size_t field);
  void Choose(bool authors);
  void CheckTimes(Check& check) const;
  void CheckFields(Check& check) const;
  void CheckContentType(Check& check) const;

  Message& message_;
  const VerifierSettings& settings_;
  KeyFinder& finder_;
  const Clock& clock_;
  std::vector<std::string> author_domains_;
  std::vector<Check> checks_;
  size_t chosen_ = 0;
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_VERIFIER_H_
