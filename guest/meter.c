/* What busy.sh compiles, and then packs and installs. */

#include <stdio.h>

int main(void)
{
	puts("42");
	return 0;
}
