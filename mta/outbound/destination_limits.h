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
// Threads: immutable once created; safe to share.

#ifndef POSTERN_MTA_OUTBOUND_DESTINATION_LIMITS_H_
#define POSTERN_MTA_OUTBOUND_DESTINATION_LIMITS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
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

  // The names of the classes of limits, by Destination::limit_class.
  const std::vector<std::string>& classes() const { return classes_; }

 private:
  struct Block {
    std::vector<std::string> patterns;
    Destination limits;
  };

  Destination common_;
  std::vector<Block> blocks_;
  std::vector<std::string> classes_ = {"default"};
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_DESTINATION_LIMITS_H_
