"""Ways a message leaves. A transport reports what is known, by the step at which it went wrong."""
