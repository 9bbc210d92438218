# What signatures import as data.tracee.helpers, unless a file of theirs defines it.
package tracee.helpers

# The value of the event's argument of this name.
get_tracee_argument(arg_name) = value {
	arg := input.args[_]
	arg.name == arg_name
	value := arg.value
}

# Whether a file was opened to be written to.
is_file_write(flags) {
	contains(lower(flags), "o_wronly")
}

is_file_write(flags) {
	contains(lower(flags), "o_rdwr")
}

# Whether a file was opened to be read.
is_file_read(flags) {
	contains(lower(flags), "o_rdonly")
}

is_file_read(flags) {
	contains(lower(flags), "o_rdwr")
}

# Whether bytes in base64 begin as an ELF file does.
is_elf_file(encoded) {
	lower(substring(base64.decode(encoded), 1, 3)) == "elf"
}
