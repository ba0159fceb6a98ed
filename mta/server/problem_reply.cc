#include "mta/server/problem_reply.h"

#include <cassert>

namespace postern::mta::server {

using Problem = smtp::DataReader::Problem;

smtp::Reply ReplyToProblem(Problem problem) {
  assert(problem != Problem::kNone);
  switch (problem) {
    case Problem::kTooManyHops:
      return {554, "5.4.6", "Error: too many hops"};
    case Problem::kHeaderTooLarge:
      return {552, "5.3.4", "Error: message header is too large"};
    case Problem::kTooLarge:
      return {552, "5.3.4", "Error: message file too big"};
    case Problem::kLineTooLong:
      return {550, "5.6.0", "Error: message has a line that is too long"};
    case Problem::kNul:
      return {550, "5.6.0", "Error: message contains NUL"};
    case Problem::kBareNewline:
      return {550, "5.6.11", "Error: bare <CR> or <LF> received"};
    case Problem::kNone:
      break;
  }
  return {451, "4.3.0", "Error: message not accepted"};
}

}  // namespace postern::mta::server
