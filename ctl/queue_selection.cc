#include "ctl/queue_selection.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "ctl/queue_filter.h"
#include "lib/base/status_macros.h"

namespace postern::ctl {

Syntax SelectionSyntax() {
  Syntax syntax = {.options = FilterOptions(),
                   .switches = {"--all", "--dry-run"},
                   .at_least = 0,
                   .at_most = kMostQueueIds};
  return syntax;
}

absl::StatusOr<admin::v1::ChangeRequest> SelectionFrom(
    const Arguments& arguments, std::vector<std::string> ids) {
  admin::v1::ChangeRequest request;
  request.set_dry_run(arguments.Has("--dry-run"));
  admin::v1::QueueSelection& selection = *request.mutable_selection();
  ASSIGN_OR_RETURN(const admin::v1::QueueFilter filter,
                   FilterFrom(arguments, absl::Now()));
  bool all = arguments.Has("--all");
  if (ids == std::vector<std::string>{"ALL"}) {
    all = true;
    ids.clear();
  }
  if (all + IsFilter(filter) + !ids.empty() != 1) {
    return absl::InvalidArgumentError(
        "give queue ids, a filter or --all, and one of these only");
  }
  selection.set_all(all);
  if (IsFilter(filter)) *selection.mutable_filter() = filter;
  for (std::string& id : ids) *selection.add_queue_ids() = std::move(id);
  return request;
}

}  // namespace postern::ctl
