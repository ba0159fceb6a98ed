// Requests as tests of the queue's services make them.

#ifndef POSTERN_MTA_ADMIN_TEST_CHANGE_REQUEST_H_
#define POSTERN_MTA_ADMIN_TEST_CHANGE_REQUEST_H_

#include <string>
#include <vector>

#include "proto/admin/v1/queue.pb.h"

namespace postern::mta::admin {

inline ::postern::admin::v1::ChangeRequest Named(
    const std::vector<std::string>& ids) {
  ::postern::admin::v1::ChangeRequest request;
  for (const std::string& id : ids) {
    request.mutable_selection()->add_queue_ids(id);
  }
  return request;
}

inline ::postern::admin::v1::ChangeRequest One(const std::string& id) {
  return Named({id});
}

inline ::postern::admin::v1::ChangeRequest All() {
  ::postern::admin::v1::ChangeRequest request;
  request.mutable_selection()->set_all(true);
  return request;
}

inline ::postern::admin::v1::ChangeRequest From(const std::string& sender) {
  ::postern::admin::v1::ChangeRequest request;
  request.mutable_selection()->mutable_filter()->set_sender(sender);
  return request;
}

}  // namespace postern::mta::admin

#endif  // POSTERN_MTA_ADMIN_TEST_CHANGE_REQUEST_H_
