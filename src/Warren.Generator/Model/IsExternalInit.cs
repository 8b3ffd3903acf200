using System.ComponentModel;

namespace System.Runtime.CompilerServices;

/// <summary>Records need it, and .NET Standard 2.0 has none.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
internal static class IsExternalInit;
