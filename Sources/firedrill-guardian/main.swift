import Glibc
import Undo

exit(Guardian.run(arguments: CommandLine.arguments))
