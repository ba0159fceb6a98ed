// Which messages a verb is about: queue ids, a filter, or all of them.
//
//   ASSIGN_OR_RETURN(const Arguments arguments,
//                    Arguments::Parse(invocation.arguments,
//                    SelectionSyntax()));
//   ASSIGN_OR_RETURN(const ChangeRequest request,
//                    SelectionFrom(arguments, arguments.rest()));
//
// Errors:  InvalidArgument: none of these, or two.
// Threads: pure.

#ifndef POSTERN_CTL_QUEUE_SELECTION_H_
#define POSTERN_CTL_QUEUE_SELECTION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ctl/arguments.h"
#include "proto/admin/v1/queue.pb.h"

namespace postern::ctl {

inline constexpr size_t kMostQueueIds = 10'000;

Syntax SelectionSyntax();

// Exactly one of ids, --all (or ALL, as postsuper(1) has it) and a filter must
// be there.
absl::StatusOr<admin::v1::ChangeRequest> SelectionFrom(
    const Arguments& arguments, std::vector<std::string> ids);

}  // namespace postern::ctl

#endif  // POSTERN_CTL_QUEUE_SELECTION_H_
