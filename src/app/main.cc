// The entry of the program: hands its arguments to the command line of app/cli.h.
#include <string>
#include <vector>

#include "app/cli.h"

int main(int argc, char** argv) {
  return app::RunProgram(std::vector<std::string>(argv, argv + argc));
}
