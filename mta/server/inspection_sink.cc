#include "mta/server/inspection_sink.h"

namespace postern::mta::server {

net::Task<absl::Status> InspectionSink::AppendOwn(absl::string_view fields) {
  co_await inspection_.TakeOwn(fields, passed_);
  co_return co_await PassOn();
}

net::Task<absl::Status> InspectionSink::Append(absl::string_view content) {
  if (inspection_.is_plain()) co_return co_await next_.Append(content);
  co_await inspection_.Take(content, passed_);
  co_return co_await PassOn();
}

net::Task<absl::Status> InspectionSink::Finish() {
  co_await inspection_.Finish(passed_);
  const absl::Status passed = co_await PassOn();
  if (!passed.ok()) co_return passed;
  co_return co_await next_.Finish();
}

net::Task<absl::Status> InspectionSink::PassOn() {
  if (passed_.empty()) co_return absl::OkStatus();
  const absl::Status stored = co_await next_.Append(passed_);
  passed_.clear();
  co_return stored;
}

}  // namespace postern::mta::server
