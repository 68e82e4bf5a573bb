/**
 * Every language of ICU 78 (CLDR 48) in canonical form: what `Intl.DateTimeFormat.supportedLocalesOf` answers to all tags of two and three
 * letters. ECMAScript has no way to ask for the list.
 */
export const locales: readonly string[] = [
  "af agq ak am ar ars as asa ast az ba bas be bem bez bg bgc bho blo bm bn bo br brx bs bua ca ccp ce ceb cgg chr ckb cs csw cv cy",
  "da dav de dje doi dsb dua dyo dz ebu ee el en eo es et eu ewo fa fa-AF ff fi fil fo fr fur fy ga gaa gd gl gsw gu guz gv ha haw",
  "he hi hr hsb hu hy ia id ie ig ii is it ja jgo jmc jv ka kab kam kde kea kgp khq ki kk kkj kl kln km kn ko kok ks ksb ksf ksh ku",
  "kw kxv ky lag lb lg lij lkt lmo ln lo lrc lt lu luo luy lv mai mas mer mfe mg mgh mgo mi mk ml mn mni mr ms mt mua my mzn naq nb",
  "nd nds ne nl nmg nn nnh no nqo nso nus nyn oc om or os pa pcm pl pms prg ps pt qu raj rm rn ro rof ru rw rwk sa sah saq sat sbp",
  "sc scn sd se seh ses sg shi shn si sk sl smn sn so sq sr sr-Latn sr-ME st su sv sw sw-CD syr szl ta te teo tg th ti tk tn to tok",
  "tr tt twq tyv tzm ug uk ur uz vai vec vi vmw vun wae wo xh xnr xog yav yi yo yrl yue za zgh zh zu",
].flatMap((line) => line.split(" "));
