import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { readdirSync, existsSync } from 'node:fs';
const R='/work/main/';
const { examineModule } = await import(R+'harness/run/examine.ts');
const chapters:any[]=[];
for (const n of ['lookup','update','deletion','flags']) if (existsSync(R+`suites/${n}/index.ts`)) chapters.push((await import(R+`suites/${n}/index.ts`)).chapter);
const mode=process.argv[2]; const rest=process.argv.slice(3);
const ids=new Set(chapters.flatMap(c=>c.requirements.map((r:any)=>r.id)));
const load=async(f:string)=>await import(pathToFileURL(resolve(f)).href);
const see=async(m:any,o:any={})=>examineModule(m.default,{chapters,...(m.meta?.config?{config:m.meta.config}:{}),...o});
if(mode==='right'){ for(const f of rest){ const m=await load(f); const t=Date.now(); const s=await see(m); console.log('==',f,JSON.stringify(s.executed),Date.now()-t,'ms');
  const allowed=new Set(m.meta?.warns??[]);
  for(const r of s.rows){ if(!ids.has(r.id)) continue; const adv=Object.entries(r.advisory).filter(([,a]:any)=>!['pass','not-applicable','info','vacuous'].includes(a.verdict)).map(([n,a]:any)=>`${n}:${a.verdict} ${a.message}`).join(';');
   const bad=!['pass','not-applicable','info'].includes(r.verdict)&&!(r.verdict==='warn'&&allowed.has(r.id))|| (r.selfCheck&&!r.selfCheck.ok)||adv; const self=r.selfCheck?` self ${r.selfCheck.exercised}`:''; if(bad||process.env.ALL) console.log(r.id.padEnd(14),r.verdict.padEnd(14),'x'+r.exercised,self,r.message??r.reason??'',adv.slice(0,300)); } } }
if(mode==='faults'){ const dir=R+'fixtures/faults/'; let ok=0,n=0; for(const f of readdirSync(dir).sort()){ if(!f.endsWith('.ts'))continue; if(rest.length&&!rest.some(x=>f.includes(x)))continue; const m=await load(dir+f); if(!m.meta) continue; const mine=m.meta.violates.filter((x:string)=>ids.has(x)); if(!mine.length||(!ids.has(m.meta.violates[0])&&!rest.length))continue; n++; let s:any; try{ s=await see(m);}catch(e:any){console.log(f,'THROWS',e.stack);continue}
  const rows=m.meta.violates.map((id:string)=>s.row(id)); const dia=m.meta.dialect; const killed=rows.filter((r:any)=>{const v=dia?r.advisory[dia]?.verdict:r.verdict; const msg=dia?r.advisory[dia]?.message:r.message; return ['fail','crash','hang','warn'].includes(v)&&(msg??'').includes(m.meta.sentence)});
  const kinds=rows.map((r:any)=>r.id+':'+r.verdict).join(' ');
  const others=s.rows.filter((r:any)=>ids.has(r.id)&&['fail','crash','hang','warn','harness-error'].includes(r.verdict)&&!m.meta.violates.includes(r.id)).map((r:any)=>r.id+':'+r.verdict).join(' ');
  const all=killed.length===mine.length||killed.length===rows.length; if(killed.length) ok++; console.log(killed.length?(all?'OK  ':'PART'):'MISS',f,kinds,'| also',others); if(!killed.length||!all||process.env.V) for(const r of rows) console.log('      ',r.id,r.verdict,r.exercised,r.message??r.reason); const exp=m.meta.expects; if(killed.length&&!rows.some((r:any)=>(dia?r.advisory[dia]?.verdict:r.verdict)===exp)) console.log('       expects',exp); }
 console.log(ok,'of',n); }
