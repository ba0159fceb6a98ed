// The words of a command that is a transport, with what they say of a message.
//
//   ASSIGN_OR_RETURN(const PipeArguments arguments,
//                    PipeArguments::Parse({"/usr/bin/maildrop", "-d",
//                                          "${recipient}"}));
//   CO_ASSIGN_OR_RETURN(const std::vector<std::string> words,
//                       arguments.For(facts));
//
// A word stays one word whatever an address has in it; no shell reads it. One
// with a macro about a recipient stands there once for each recipient.
//
// Source:  pipe(8) of Postfix: ${name}, $(name) and $name of recipient,
//          original_recipient, user, extension, mailbox and domain of each
//          recipient, and sender, nexthop, size and queue_id; $$ is a dollar.
// Errors:  Parse(): InvalidArgument, for a macro that there is not, among
//          others. For(): InvalidArgument; a word would begin with a "-" of the
//          address's choice, which the command might take for an option of ours
//          (MTA-33), or has a control character.
// Threads: immutable; pure.

#ifndef POSTERN_MTA_OUTBOUND_PIPE_ARGUMENTS_H_
#define POSTERN_MTA_OUTBOUND_PIPE_ARGUMENTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace postern::mta::outbound {

struct PipeRecipient {
  std::string recipient;
  std::string original_recipient;
  std::string user;       // The local part without the extension,
  std::string extension;  // the extension without its delimiter,
  std::string mailbox;    // and both.
  std::string domain;
};

struct PipeFacts {
  std::string sender;
  std::string nexthop;
  std::string queue_id;
  int64_t size_bytes = 0;
  std::vector<PipeRecipient> recipients;
};

class PipeArguments {
 public:
  static absl::StatusOr<PipeArguments> Parse(
      absl::Span<const std::string> words);

  absl::StatusOr<std::vector<std::string>> For(const PipeFacts& facts) const;

 private:
  // Text as it is, then a macro.
  struct Part {
    std::string text;
    int macro = -1;  // In the table of all; less than 0: none.
  };
  using Word = std::vector<Part>;

  static absl::StatusOr<Word> ParseWord(const std::string& text);
  static absl::StatusOr<std::string> Expand(const Word& word,
                                            const PipeFacts& facts,
                                            const PipeRecipient* recipient);

  std::vector<Word> words_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_PIPE_ARGUMENTS_H_
