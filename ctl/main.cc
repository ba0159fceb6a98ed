// posternctl(1): the operator's one command line for all of Postern.

#include <iostream>
#include <string>
#include <vector>

#include "ctl/command_line.h"
#include "ctl/dkim_keys.h"
#include "ctl/dkim_messages.h"
#include "ctl/greylist.h"
#include "ctl/queue.h"
#include "ctl/relay.h"
#include "ctl/verb.h"

int main(int argc, char** argv) {
  std::vector<postern::ctl::Verb> verbs;
  // One line for each group of verbs.
  for (const auto& group :
       {postern::ctl::QueueVerbs(), postern::ctl::RelayVerbs(),
        postern::ctl::GreylistVerbs(), postern::ctl::DkimKeyVerbs(),
        postern::ctl::DkimMessageVerbs()}) {
    verbs.insert(verbs.end(), group.begin(), group.end());
  }
  return postern::ctl::RunCommandLine(
      verbs, std::vector<std::string>(argv + 1, argv + argc), std::cout,
      std::cerr);
}
