#include "mta/server/header_sink.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"

namespace postern::mta::server {

using Found = mail::HeaderSplitter::Found;

net::Task<absl::Status> HeaderSink::Append(absl::string_view content) {
  while (!content.empty() && !at_end()) {
    content.remove_prefix(splitter_.Consume(content));
    CO_RETURN_IF_ERROR(co_await Take());
  }
  if (!out_.empty()) {
    const std::string out = std::move(out_);
    out_.clear();
    CO_RETURN_IF_ERROR(co_await next_.Append(out));
  }
  if (content.empty()) co_return absl::OkStatus();
  co_return co_await next_.Append(content);
}

net::Task<absl::Status> HeaderSink::Finish() {
  while (!at_end()) {
    splitter_.Finish();
    CO_RETURN_IF_ERROR(co_await Take());
  }
  if (!out_.empty()) CO_RETURN_IF_ERROR(co_await next_.Append(out_));
  co_return co_await next_.Finish();
}

net::Task<absl::Status> HeaderSink::Take() {
  const absl::string_view text = splitter_.text();
  switch (splitter_.found()) {
    case Found::kNothing:
      break;
    case Found::kField:
      // One that was cut has no line end: what follows is kRest.
      if (absl::EndsWith(text, "\r\n")) {
        CO_ASSIGN_OR_RETURN(const std::string field,
                            co_await fields_.Rewrite(std::string(text)));
        out_ += field;
      } else {
        fields_.NoteField(text);
        absl::StrAppend(&out_, text);
      }
      break;
    case Found::kRest:
      absl::StrAppend(&out_, text);
      break;
    case Found::kEnd:
      absl::StrAppend(&out_, fields_.Missing());
      // A header that has no end gets one: what we added must not run into
      // the body.
      if (!absl::StartsWith(text, "\r\n")) out_ += "\r\n";
      absl::StrAppend(&out_, text);
      break;
  }
  co_return absl::OkStatus();
}

}  // namespace postern::mta::server
