// What each destination may be given: what holds for all, and what the blocks
// of smtp.destination_limits say of some.
//
//   ASSIGN_OR_RETURN(DestinationLimits limits,
//                    DestinationLimits::FromConfig(config.smtp()));
//   Destination to = limits.For(next_hop.host, site.hosts);
//
// A pattern is a domain ("example.org"), what is below one (".example.org"),
// either of the name of an exchanger ("mx:.example.org"), or "*". The first
// block with a pattern that fits is the one that counts.
//
// Errors:  InvalidArgument; the text starts with the config field at fault.
// Threads: immutable but for Apply() and KeepClassesOf().

#ifndef POSTERN_MTA_OUTBOUND_DESTINATION_LIMITS_H_
#define POSTERN_MTA_OUTBOUND_DESTINATION_LIMITS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mta/outbound/destination.h"
#include "proto/config/v1/smtp.pb.h"

namespace postern::mta::outbound {

class DestinationLimits {
 public:
  // The defaults, the same for all.
  DestinationLimits() = default;

  static absl::StatusOr<DestinationLimits> FromConfig(
      const config::v1::Smtp& config);

  // Returns a destination without a name. `domain` and `hosts` are in lower
  // case.
  Destination For(absl::string_view domain,
                  const std::vector<std::string>& hosts) const;

  // What the operator changes for a pattern while the program runs; it counts
  // before the blocks. Nothing given: it is as it was configured again.
  struct Change {
    std::string pattern;
    std::optional<size_t> concurrency;
    std::optional<absl::Duration> rate_delay;
  };
  absl::Status Apply(const Change& change);

  // All that is set, in the order in which it counts.
  struct Shown {
    std::string name;  // Of the block; "": a change.
    std::vector<std::string> patterns;
    Destination limits;
  };
  std::vector<Shown> Show() const;

  // The names of the classes of limits, by Destination::limit_class.
  const std::vector<std::string>& classes() const { return classes_; }
  // These are limits read anew: they are counted in the classes of those before
  // them, a block with a new name as one of all the rest.
  void KeepClassesOf(const DestinationLimits& before);

 private:
  struct Block {
    std::string name;  // "": a change.
    std::vector<std::string> patterns;
    Destination limits;
  };

  const Destination& Configured(absl::string_view domain,
                                const std::vector<std::string>& hosts) const;

  Destination common_;
  std::vector<Block> changes_;
  std::vector<Block> blocks_;
  std::vector<std::string> classes_ = {"default"};
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_DESTINATION_LIMITS_H_
