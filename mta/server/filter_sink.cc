#include "mta/server/filter_sink.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"

namespace postern::mta::server {

using Found = mail::HeaderSplitter::Found;

net::Task<absl::Status> FilterSink::Append(absl::string_view content) {
  while (!content.empty() && !at_end()) {
    content.remove_prefix(splitter_.Consume(content));
    CO_RETURN_IF_ERROR(co_await Take());
  }
  if (content.empty()) co_return absl::OkStatus();
  co_return co_await next_.Append(content);
}

net::Task<absl::Status> FilterSink::Finish() {
  while (!at_end()) {
    splitter_.Finish();
    CO_RETURN_IF_ERROR(co_await Take());
  }
  co_return co_await next_.Finish();
}

net::Task<absl::Status> FilterSink::Take() {
  const absl::string_view text = splitter_.text();
  switch (splitter_.found()) {
    case Found::kNothing:
      break;
    case Found::kField:
    case Found::kRest:
      absl::StrAppend(&fields_, text);
      break;
    case Found::kEnd:
      // The empty line is put back with the header; any other line is body.
      if (!fields_.empty() && !absl::EndsWith(fields_, "\r\n")) {
        fields_ += "\r\n";
      }
      if (!text.empty() && text != "\r\n") {
        co_return co_await next_.Append(text);
      }
      break;
  }
  co_return absl::OkStatus();
}

}  // namespace postern::mta::server
