using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Warren.Fuzz;

/// <summary>
/// Writes copies of assemblies in which each basic block counts that it runs. The alternative, calls by hand in src/, would put a line beside every
/// branch of the decoder and the engine, and would be forgotten at the next branch; here no branch can be forgotten, and the product has no word of it.
/// </summary>
internal sealed class Instrumenter
{
    /// <summary>How many blocks have a number by now.</summary>
    public int Blocks { get; private set; }

    /// <summary>Reads an assembly, and its symbols if they are beside it, and writes it instrumented.</summary>
    /// <exception cref="InvalidOperationException">All assemblies together have more blocks than the map.</exception>
    public void Instrument(string from, string to)
    {
        var hasSymbols = File.Exists(Path.ChangeExtension(from, ".pdb"));
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(Path.GetDirectoryName(from)!);
        using var assembly = AssemblyDefinition.ReadAssembly(from, new ReaderParameters { AssemblyResolver = resolver, ReadSymbols = hasSymbols, InMemory = true });
        var hit = assembly.MainModule.ImportReference(typeof(CoverageMap).GetMethod(nameof(CoverageMap.Hit)));
        foreach (var method in assembly.MainModule.GetTypes().SelectMany(type => type.Methods).Where(IsWorthIt))
            Instrument(method.Body, hit);
        if (Blocks > CoverageMap.Size)
            throw new InvalidOperationException($"{Blocks} blocks do not fit into a map of {CoverageMap.Size}");
        assembly.Write(to, new WriterParameters { WriteSymbols = hasSymbols });
    }

    // What runs once in a process says nothing about an input; what only reads a field says nothing that its caller does not.
    private static bool IsWorthIt(MethodDefinition method) =>
        method.HasBody && !(method.IsConstructor && method.IsStatic) && !(method.IsGetter && method.Body.Instructions.Count <= 6);

    private void Instrument(MethodBody body, MethodReference hit)
    {
        body.SimplifyMacros(); // Short branches would not reach over what is put in between.
        var il = body.GetILProcessor();
        var marks = new Dictionary<Instruction, Instruction>();
        foreach (var first in FirstsOf(body))
        {
            var mark = il.Create(OpCodes.Ldc_I4, Blocks++);
            il.InsertBefore(first, mark);
            il.InsertBefore(first, il.Create(OpCodes.Call, hit));
            marks.Add(first, mark);
        }
        foreach (var instruction in body.Instructions)
        {
            if (instruction.Operand is Instruction target)
                instruction.Operand = MarkOf(target);
            else if (instruction.Operand is Instruction[] targets)
                instruction.Operand = Array.ConvertAll(targets, MarkOf);
        }
        foreach (var handler in body.ExceptionHandlers)
        {
            (handler.TryStart, handler.TryEnd) = (MarkOf(handler.TryStart), MarkOf(handler.TryEnd));
            (handler.HandlerStart, handler.HandlerEnd) = (MarkOf(handler.HandlerStart), MarkOf(handler.HandlerEnd));
            handler.FilterStart = MarkOf(handler.FilterStart);
        }
        body.OptimizeMacros();

        Instruction MarkOf(Instruction? instruction) => instruction is not null && marks.TryGetValue(instruction, out var mark) ? mark : instruction!;
    }

    // A block begins where the method does, where something jumps to, behind a condition, and where an exception is handled.
    private static List<Instruction> FirstsOf(MethodBody body)
    {
        var firsts = new HashSet<Instruction> { body.Instructions[0] };
        foreach (var instruction in body.Instructions)
        {
            if (instruction.Operand is Instruction target)
                firsts.Add(target);
            else if (instruction.Operand is Instruction[] targets)
                firsts.UnionWith(targets);
            if (instruction.OpCode.FlowControl == FlowControl.Cond_Branch && instruction.Next is { } next)
                firsts.Add(next);
        }
        foreach (var handler in body.ExceptionHandlers)
        {
            firsts.Add(handler.HandlerStart);
            if (handler.FilterStart is { } filter)
                firsts.Add(filter);
        }
        return [.. body.Instructions.Where(firsts.Contains)]; // In their order, so that the same assembly has the same numbers.
    }
}
