// Passes content on with its header as a client of ours should have sent it.
//
//   HeaderSink sink(rewriting::HeaderFields(…), max_field_bytes, next);
//   …
//   CO_RETURN_IF_ERROR(co_await sink.Finish());
//
// A field that is too long to be held goes on as it is.
//
// Threads: one at a time. One object a message.
// Limits:  one field in memory.

#ifndef POSTERN_MTA_SERVER_HEADER_SINK_H_
#define POSTERN_MTA_SERVER_HEADER_SINK_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/mail/header_splitter.h"
#include "lib/net/task.h"
#include "mta/rewriting/header_fields.h"
#include "mta/server/content_sink.h"

namespace postern::mta::server {

class HeaderSink final : public ContentSink {
 public:
  // `next` must outlive it.
  HeaderSink(rewriting::HeaderFields fields, size_t max_field_bytes,
             ContentSink& next)
      : fields_(std::move(fields)), splitter_(max_field_bytes), next_(next) {}

  net::Task<absl::Status> Append(absl::string_view content) override;

  net::Task<absl::Status> Finish() override;

 private:
  bool at_end() const {
    return splitter_.found() == mail::HeaderSplitter::Found::kEnd;
  }
  // Adds to `out_` what the splitter has found.
  net::Task<absl::Status> Take();

  rewriting::HeaderFields fields_;
  mail::HeaderSplitter splitter_;
  ContentSink& next_;
  std::string out_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_HEADER_SINK_H_
